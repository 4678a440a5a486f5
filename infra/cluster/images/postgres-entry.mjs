// Makes the cluster at the first start and becomes PostgreSQL's parent: clients speak TLS and know a password.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BIN = '/usr/local/postgresql/bin';
const CLUSTER = process.env.PGDATA ?? '/var/lib/postgresql/data';
const PASSWORD = '/etc/countersign/admin/password';
const TLS = '/etc/countersign/postgres/tls';
const HBA = '/tmp/pg_hba.conf';
const env = { PATH: '/usr/local/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Beside its place and renamed there: a first start cut short leaves nothing that looks like a cluster. */
function initialise() {
  if (existsSync(CLUSTER)) return;
  const part = `${CLUSTER}.part`;
  rmSync(part, { recursive: true, force: true });
  const locale = ['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'];
  const password = `/tmp/initial-password`;
  writeFileSync(password, readFileSync(PASSWORD, 'utf8').trim(), { mode: 0o600 });
  const args = ['-D', part, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${password}`, '-E', 'UTF8', ...locale];
  execFileSync(join(BIN, 'initdb'), args, { env, stdio: 'inherit' });
  rmSync(password);
  renameSync(part, CLUSTER);
}

/** Small, and quiet about data: neither statements nor values in an error's detail reach the log. */
const SETTINGS = [
  'listen_addresses=*',
  'port=5432',
  'unix_socket_directories=/run/postgresql',
  `hba_file=${HBA}`,
  'ssl=on',
  `ssl_cert_file=${TLS}/tls.crt`,
  `ssl_key_file=${TLS}/tls.key`,
  'max_connections=200',
  'shared_buffers=64MB',
  'dynamic_shared_memory_type=mmap',
  'jit=off',
  'log_checkpoints=off',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
];

initialise();
// A volume that is given to the pod's group anew at each start opens the folder to it, which PostgreSQL refuses.
chmodSync(CLUSTER, 0o700);
writeFileSync(HBA, 'hostssl all all all scram-sha-256\n', { mode: 0o600 });
const server = spawn(join(BIN, 'postgres'), ['-D', CLUSTER, ...SETTINGS.flatMap((each) => ['-c', each])], {
  env,
  stdio: 'inherit',
});
// Fast shutdown: clients are told, a checkpoint is written.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.kill('SIGINT'));
server.once('exit', (code) => process.exit(code ?? 1));
