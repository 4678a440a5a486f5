import { execFileSync } from 'node:child_process';

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** A network of its own for each broker, all of them on one bridge with this machine: Linux, and only for its administrator. */
export class Namespaces {
  private readonly name = `cs${process.pid % 100_000}`;
  private readonly net = `10.231.${process.pid % 250}`;

  /** @throws Error where there are no network namespaces, or this user may not make them */
  constructor(private readonly count: number) {
    ip('link', 'add', this.name, 'type', 'bridge');
    ip('address', 'add', `${this.net}.254/24`, 'dev', this.name);
    ip('link', 'set', this.name, 'up');
    for (let id = 1; id <= count; id++) this.add(id);
  }

  /** Address of a broker. */
  host = (id: number): string => `${this.net}.${id}`;

  /** What runs a program there. */
  command = (id: number): string[] => ['ip', 'netns', 'exec', this.inside(id)];

  /** Nothing reaches it, and it reaches nobody. */
  cut(id: number): void {
    ip('link', 'set', this.outside(id), 'down');
  }

  heal(id: number): void {
    ip('link', 'set', this.outside(id), 'up');
  }

  remove(): void {
    for (let id = 1; id <= this.count; id++) ip('netns', 'delete', this.inside(id));
    ip('link', 'delete', this.name);
  }

  private inside = (id: number): string => `${this.name}-${id}`;
  private outside = (id: number): string => `${this.name}v${id}`;

  private add(id: number): void {
    const within = ['-n', this.inside(id)];
    ip('netns', 'add', this.inside(id));
    ip('link', 'add', this.outside(id), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.inside(id));
    ip('link', 'set', this.outside(id), 'master', this.name);
    ip('link', 'set', this.outside(id), 'up');
    ip(...within, 'address', 'add', `${this.host(id)}/24`, 'dev', 'eth0');
    ip(...within, 'link', 'set', 'lo', 'up');
    ip(...within, 'link', 'set', 'eth0', 'up');
  }
}
