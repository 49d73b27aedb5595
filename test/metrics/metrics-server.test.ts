import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { type MetricsServer, metricsServer } from '../../src/metrics/metrics-server.ts';

const opened: MetricsServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

async function served({ host = '127.0.0.1', isHealthy = true, text = async () => 'm 1\n' } = {}) {
  const server = await metricsServer(
    { host, port: 0 },
    {
      text: { contentType: 'text/plain', text },
      openmetrics: { contentType: 'application/openmetrics-text', text: async () => '# EOF\n' },
    },
    { now: () => ({ isHealthy, text: 'fine' }) },
  );
  opened.push(server);
  return server;
}

/** What a server answers to these bytes, all of it. */
async function raw({ url }: MetricsServer, bytes: string): Promise<string> {
  const socket = dial(url);
  socket.write(bytes);
  return textOf(socket);
}

function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname.replaceAll(/[[\]]/g, ''));
}

function textOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

/** Not every machine has IPv6. */
const loopbacks = Object.values(networkInterfaces()).flatMap((addresses = []) =>
  addresses.filter(({ internal }) => internal).map(({ address }) => address),
);

test.each(loopbacks)('listens on %s, and says where', async (host) => {
  const { url } = await served({ host });
  expect(url).toMatch(host === '::1' ? /^http:\/\/\[::1\]:\d+$/ : /^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(`${url}/metrics`)).text()).toBe('m 1\n');
});

test('the metrics are in the format that is asked for', async () => {
  const { url } = await served();
  const text = await fetch(`${url}/metrics?x=1`);
  expect([text.status, text.headers.get('content-type'), text.headers.get('connection')]).toEqual([
    200,
    'text/plain',
    'close',
  ]);
  const open = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
  expect([open.headers.get('content-type'), await open.text()]).toEqual([
    'application/openmetrics-text',
    '# EOF\n',
  ]);
});

test.each([
  [true, 200],
  [false, 503],
])('/healthz of what is healthy: %s is %i', async (isHealthy, status) => {
  const { url } = await served({ isHealthy });
  const reply = await fetch(`${url}/healthz`);
  expect([reply.status, await reply.text()]).toEqual([status, 'fine\n']);
});

describe('what is refused', () => {
  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s', async (method) => {
    const { url } = await served();
    const reply = await fetch(`${url}/metrics`, { method });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test.each(['/', '/metrics/', '/metrics/../etc/passwd', '//metrics', '/%6detrics'])('%s', async (path) => {
    expect(await raw(await served(), `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('a header that is too large', async () => {
    const bytes = `GET /metrics HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(await raw(await served(), bytes)).toMatch(/^HTTP\/1\.1 431 |^$/);
  });
});

test('HEAD has the length, and no body', async () => {
  const answer = await raw(await served(), 'HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 4\r\n[\s\S]*\r\n\r\n$/);
});

test('a connection is for one request, and the Host header is not looked at', async () => {
  const request = 'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: keep-alive\r\n\r\n';
  const answer = await raw(await served(), request.repeat(3));
  expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  expect(answer).not.toContain('evil');
});

test('metrics that cannot be written are an error of the server', async () => {
  const { url } = await served({ text: () => Promise.reject(new Error('no')) });
  expect((await fetch(`${url}/metrics`)).status).toBe(500);
});

test('of too many connections the last are closed, and the first go on', async () => {
  const server = await served();
  const first = Array.from({ length: 20 }, () => dial(server.url));
  await Promise.all(first.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  expect(await raw(server, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
  first[0]?.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await textOf(first[0] as Socket)).toContain('m 1\n');
});

test('it can be closed while readers are there', async () => {
  const server = await served({ text: () => new Promise(() => undefined) });
  const socket = dial(server.url);
  socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => socket.once('connect', resolve));
  const ended = textOf(socket);
  await server.close();
  expect(await ended).toBe('');
});

test('an address that is in use is a failure', async () => {
  const { url } = await served();
  const port = Number(new URL(url).port);
  const again = metricsServer({ host: '127.0.0.1', port }, {} as never, {} as never);
  await expect(again).rejects.toThrow('EADDRINUSE');
});
