import { expect, test } from 'vitest';
import { type TomlPath, tomlLines } from '../../src/toml/toml-lines.ts';

const text = `# a comment
high = 90
"max-moves" = 4
exclude = [
  "a",
  "b=c",
]

[[domain]]
name = "web-*"

[[domain]] # the second
name = "db"
limits.cpus = "0-3"

[connection."qemu+ssh://host/system"]
cpus = "2-15"
  [[connection."qemu+ssh://host/system".domain]]
  name = "x"
  [[connection."qemu+ssh://host/system".domain]]
  managed = false

[connection.'lab']
uri = 'qemu:///system'
plain = { one = 1 }
`;
const host = ['connection', 'qemu+ssh://host/system'];

test.each<[TomlPath, number]>([
  [['high'], 2],
  [['max-moves'], 3],
  [['exclude'], 4],
  [['exclude', 1], 4],
  [['domain'], 9],
  [['domain', 0], 9],
  [['domain', 0, 'name'], 10],
  [['domain', 0, 'cpus'], 9],
  [['domain', 1], 12],
  [['domain', 1, 'name'], 13],
  [['domain', 1, 'limits', 'cpus'], 14],
  [['connection'], 16],
  [host, 16],
  [[...host, 'cpus'], 17],
  [[...host, 'domain', 0, 'name'], 19],
  [[...host, 'domain', 1, 'managed'], 21],
  [['connection', 'lab', 'uri'], 24],
  [['connection', 'lab', 'plain', 'one'], 25],
  [['nowhere'], 1],
  [[], 1],
])('%j stands on line %i', (path, line) => {
  expect(tomlLines(text)(path)).toBe(line);
});

test('lines that end as those of Windows do', () => {
  expect(tomlLines('a = 1\r\n[b]\r\nc = 2\r\n')(['b', 'c'])).toBe(3);
});
