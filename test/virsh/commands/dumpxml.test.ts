import { expect, test } from 'vitest';
import { dumpxml, dumpxmlInactive } from '../../../src/virsh/commands/dumpxml.ts';

const uuid = '6c0e3c5a-54d1-4b0e-9d8e-000000000001';
const other = '6c0e3c5a-54d1-4b0e-9d8e-000000000002';

test('the domain is addressed by its UUID', () => {
  expect(dumpxml(uuid).words).toEqual(['dumpxml', uuid]);
  expect(dumpxmlInactive(uuid).words).toEqual(['dumpxml', uuid, '--inactive']);
});

test('the XML of another domain is no answer; one without a UUID is', () => {
  const xml = (own: string) => `<domain><name>a</name>${own}<vcpu>1</vcpu></domain>\n`;
  for (const { parse } of [dumpxml(uuid), dumpxmlInactive(uuid)]) {
    expect(parse(xml(`<uuid>${uuid}</uuid>`)).uuid).toBe(uuid);
    expect(parse(xml('')).uuid).toBeUndefined();
    expect(() => parse(xml(`<uuid>${other}</uuid>`))).toThrow(
      `'virsh dumpxml' printed no usable XML of that domain: `,
    );
  }
});
