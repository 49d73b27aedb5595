/** How far something is, `[#####---------------]  25 %`: always as wide, and full only at the end. */
export function progressBar(done: number, all: number): string {
  const cells = Math.floor((width * done) / all);
  const percent = Math.floor((100 * done) / all);
  return `[${'#'.repeat(cells).padEnd(width, '-')}] ${`${percent}`.padStart(3)} %`;
}

const width = 20;
