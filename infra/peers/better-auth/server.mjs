// The peer as its own documentation sets it up: Node's HTTP server, PostgreSQL through a pool of 20, the passkey plug-in.
// It runs from the folder it was installed in; the benchmark forks it, tells it where to listen, and asks for its count of statements.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { Pool } from 'pg';

const { databaseUrl, port } = JSON.parse(process.argv[2]);
const origin = `http://localhost:${port}`;
const pool = new Pool({
  connectionString: databaseUrl,
  max: 20,
  idleTimeoutMillis: 30_000,
  connectionTimeoutMillis: 2_000,
});

/** Statements sent so far, by their first word; counted as the benchmark counts ours. */
const statements = new Map();
pool.on('connect', (client) => {
  const send = client.query;
  client.query = (...args) => {
    const name = /^\w+/.exec(args[0].text ?? args[0])?.[0] ?? 'other';
    statements.set(name, (statements.get(name) ?? 0) + 1);
    return send.apply(client, args);
  };
});

/** A customer needs a session to register a passkey. The password is never measured, so its hash costs nothing here. */
const password = { hash: async (text) => text, verify: async ({ hash, password: text }) => hash === text };

const options = {
  baseURL: origin,
  secret: randomBytes(32).toString('base64url'),
  database: pool,
  emailAndPassword: { enabled: true, password },
  plugins: [passkey({ rpID: 'localhost', rpName: 'Bench', origin })],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
};

const { runMigrations } = await getMigrations(options);
await runMigrations();
const server = createServer(toNodeHandler(betterAuth(options)));
await new Promise((listening) => server.listen(port, '127.0.0.1', listening));

process.on('message', () => process.send(Object.fromEntries(statements)));
process.once('disconnect', () => {
  server.closeAllConnections();
  server.close(() => void pool.end().then(() => process.exit(0)));
});
process.send('started');
