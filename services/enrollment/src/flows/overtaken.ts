import { refuse } from '@countersign/kernel';

const TRIES = 3;

/** Thrown to roll back: what a transaction had looked at was changed by another before it could build on it. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** Runs a transaction anew when it was overtaken. @throws `conflict` when that happens again and again */
export async function unlessOvertaken<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      if (tries === TRIES) throw refuse('conflict', {}, 'overtaken by other changes');
    }
  }
}
