import { execFileSync } from 'node:child_process';

/** The operating-system user a server started by root runs as: PostgreSQL refuses to run as root. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** `undefined` for an ordinary user, who runs the server as itself. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return find('postgres') ?? find('countersign-db') ?? create('countersign-db');
}

function find(name: string): ServerUser | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { name, uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

/** `useradd` on most distributions, `adduser -S` on those with BusyBox. */
function create(name: string): ServerUser {
  const attempts: [string, string[]][] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name]],
    ['adduser', ['-S', '-D', '-H', name]],
  ];
  for (const [command, args] of attempts) {
    try {
      execFileSync(command, args, { stdio: 'ignore' });
    } catch {
      continue;
    }
    const user = find(name);
    if (user) return user;
  }
  throw new Error(
    'PostgreSQL does not run as root, and no system user could be created for it: create a user named postgres',
  );
}
