const belowSession = [
  'config',
  'virsh',
  'host',
  'model',
  'balance',
  'apply',
  'state',
  'simulate',
  'analysis',
  'doctor',
  'render',
];

/** What each room of src/ may import, besides itself, errors.ts and exit-status.ts. Imports run downwards only. */
const rooms = {
  model: [],
  toml: [],
  demand: ['model'],
  balance: ['demand', 'model'],
  virsh: ['model'],
  render: ['model'],
  state: ['simulate/recording', 'model'],
  host: ['virsh', 'model'],
  apply: ['virsh', 'model', 'state'],
  simulate: ['balance', 'host', 'model', 'toml'],
  analysis: ['simulate', 'host', 'model'],
  options: ['model'],
  config: ['options', 'model', 'toml'],
  doctor: ['host', 'render', 'model'],
  session: belowSession,
  service: ['session', 'config', 'options', 'state', 'render', 'model'],
  metrics: ['session', 'config', 'virsh', 'model', 'render'],
  commands: ['metrics', 'service', 'session', 'options', ...belowSession],
  cli: ['commands', 'session', 'config', 'options', 'model', 'balance', 'render'],
};

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, below]) => ({
      name: `${room}-imports-downwards`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: {
        path: '^src/',
        pathNot: [`^src/(${[room, ...below].join('|')})/`, '^src/(errors|exit-status)\\.ts$'],
      },
    })),
    ...['from', 'to'].map((end) => ({
      name: 'no-room-is-unknown',
      severity: 'error',
      from: {},
      to: {},
      [end]: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(rooms).join('|')})/` },
    })),
    {
      name: 'one-place-starts-processes',
      severity: 'error',
      // flock(1) locks a file for us, and systemd-notify(1) sends a datagram: Node has no calls for these.
      from: {
        path: '^src/',
        pathNot: '^src/(virsh/(runner|open-virsh)|state/flock|service/(systemd-notify|run-hook))\\.ts$',
      },
      to: { path: '(node_modules/execa/|^(node:)?child_process$)' },
    },
    {
      name: 'the-balancer-does-no-io',
      severity: 'error',
      from: { path: '^src/(balance|demand|model)/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
