import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceptedFormat } from './accepted-format.ts';
import type { Exposition, Format } from './exposition.ts';
import type { Health } from './health.ts';

export type MetricsServer = {
  /** where it can be reached: `http://127.0.0.1:9719` */
  readonly url: string;
  /** Ends it, with every connection that is still open. */
  readonly close: () => Promise<void>;
};

/** What bounds the work of a server that anybody on the machine may ask. */
export const limits = {
  /** more connections than these at once are closed unheard */
  connections: 20,
  /** for the header of a request, and for all of it */
  requestMs: 5_000,
  /** from the first byte of a connection to its end, however slowly it is read */
  connectionMs: 30_000,
};

/**
 * Serves `/metrics` and `/healthz`. Each connection is for one request: none is kept open. Nothing of a request but its
 * method, its path and its Accept header is looked at.
 * @throws what the system says where it cannot listen
 */
export async function metricsServer(
  { host, port }: { readonly host: string; readonly port: number },
  expositions: Readonly<Record<Format, Exposition>>,
  health: Pick<Health, 'now'>,
): Promise<MetricsServer> {
  const server = createServer(
    {
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 8192,
      keepAlive: false,
    },
    (request, response) => {
      answer(request, expositions, health).then(
        (reply) => send(request, response, reply),
        () => send(request, response, { status: 500, text: 'the metrics cannot be written\n' }),
      );
    },
  );
  server.maxConnections = limits.connections;
  server.on('connection', (socket) => {
    const timer = setTimeout(() => socket.destroy(), limits.connectionMs);
    socket.once('close', () => clearTimeout(timer));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // One connection that could not be accepted is no reason to end: there may be too many files open just now.
  server.on('error', () => undefined);
  const { address, family, port: listensOn } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${listensOn}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Reply = {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

async function answer(
  { method, url = '', headers }: IncomingMessage,
  expositions: Readonly<Record<Format, Exposition>>,
  health: Pick<Health, 'now'>,
): Promise<Reply> {
  const [path] = url.split('?');
  if (path !== '/metrics' && path !== '/healthz')
    return { status: 404, text: 'there are /metrics and /healthz\n' };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, text: 'GET and HEAD are the methods\n', headers: { Allow: 'GET, HEAD' } };
  if (path === '/healthz') {
    const { isHealthy, text } = health.now();
    return { status: isHealthy ? 200 : 503, text: `${text}\n` };
  }
  const { contentType, text } = expositions[acceptedFormat(headers.accept)];
  return { status: 200, text: await text(), contentType, headers: { Vary: 'Accept' } };
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, text, contentType = 'text/plain; charset=utf-8', headers }: Reply,
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...headers,
  });
  response.end(method === 'HEAD' ? undefined : text);
}
