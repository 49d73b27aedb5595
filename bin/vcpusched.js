#!/usr/bin/env node
import('../dist/main.js').catch(({ message }) => {
  process.stderr.write(`vcpusched: cannot be started: ${message}\n`);
  process.exitCode = 1;
});
