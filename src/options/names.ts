/** The name of a setting as an option and in a file, of its key: `max-moves` of `maxMoves`. */
export function dashed(key: string): string {
  return key.replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The key of a setting, of its name: `maxMoves` of `max-moves`. */
export function camel(name: string): string {
  return name.replaceAll(/(?<=[a-z])-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The name of a setting in the environment, of its key: `VCPUSCHED_MAX_MOVES` of `maxMoves`. */
export function variableOf(key: string): string {
  return `${prefix}${dashed(key).replaceAll('-', '_').toUpperCase()}`;
}

/** What the names of the program's own variables begin with. */
export const prefix = 'VCPUSCHED_';
