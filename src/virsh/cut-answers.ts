/** The commands that have virsh print a mark after a command's output, and one after what it said against it. */
export function echoMarks(mark: string, i: number): string {
  return `echo ${mark}.${i};echo --err ${mark}.${i}`;
}

/**
 * Cuts what one virsh has printed into the answers of its commands: what stands before each mark, in the order of the
 * marks. What follows the last one is dropped: it has no end.
 * @param prefix what virsh puts before a mark
 */
export function cutAnswers(text: string, mark: string, prefix: '' | 'error: '): readonly string[] {
  const found: string[] = [];
  let from = 0;
  for (let i = 0; ; i++) {
    const line = `${prefix}${mark}.${i}\n`;
    const at = text.indexOf(line, from);
    if (at < 0) return found;
    found.push(text.slice(from, at));
    from = at + line.length;
  }
}
