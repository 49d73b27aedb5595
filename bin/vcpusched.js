#!/usr/bin/env node
const { readFileSync, writeFileSync } = require('node:fs');

/** What asks for a text that the build has printed to a file: to show it, nothing of the program is loaded. */
const texts = { '--version': 'version', '-V': 'version', '--help': 'help', '-h': 'help', help: 'help' };

if (!isPrinted(process.argv.slice(2))) {
  import('../dist/main.js').catch(({ message }) => {
    process.stderr.write(`vcpusched: cannot be started: ${message}\n`);
    process.exitCode = 1;
  });
}

/** Where the text is not there or cannot be written, the program has to say so. */
function isPrinted([word, ...others]) {
  if (others.length > 0 || !Object.hasOwn(texts, word)) return false;
  try {
    writeFileSync(1, readFileSync(`${__dirname}/../dist/${texts[word]}.txt`));
    return true;
  } catch {
    return false;
  }
}
