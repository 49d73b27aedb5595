import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { read, root } from './project.ts';

export type Message = { readonly place: string; readonly text: string };

/**
 * The texts of the program that have several words: what it prints, and some that are only parts of it or that it never
 * prints. `…` stands for what is filled in.
 */
export function messages(): readonly Message[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).flatMap((file) => messagesIn(`src/${file}`));
}

function messagesIn(place: string): readonly Message[] {
  const found: Message[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text?.trim().includes(' ')) found.push({ place, text });
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(place, read(place), ts.ScriptTarget.ES2023));
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}
