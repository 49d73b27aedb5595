import { cpSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../docs/support/project.ts';
import { temporaryDirectory } from './executable.ts';

/** A copy of the project in which a test can pack: that builds dist/ anew, which other tests run at the same time. */
export function copyOfProject(folder = temporaryDirectory()): string {
  const left = ['.git', 'node_modules', 'dist', 'packages', 'test', 'bench'];
  cpSync(root, folder, { recursive: true, filter: (path) => !left.includes(relative(root, path)) });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
