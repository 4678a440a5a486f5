import { z } from 'zod';
import { BankProblem } from './bank-problem.js';
import { isIban } from './iban.js';
import { isAmount } from './money.js';

/** Printable text of a person's or payee's name; control characters have no business in one. */
const nameText = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{C}]*$/u)
  .refine((text) => text.trim() === text);

export const applicationForm = z.strictObject({
  /** Lower case, so that no two customers differ by case only. */
  userName: z.string().regex(/^[a-z0-9][a-z0-9._-]{2,31}$/),
  displayName: nameText,
});

export const payeeForm = z.strictObject({ name: nameText, iban: z.string().refine(isIban) });

export const transferForm = z.strictObject({
  payeeId: z.uuid(),
  amount: z.string().refine(isAmount),
  reference: z
    .string()
    .max(140)
    .regex(/^[^\p{C}]*$/u),
});

/** Reads a body by its form. What does not fit is refused, never repaired. @throws BankProblem `request_invalid` */
export function read<T>(form: z.ZodType<T>, body: unknown): T {
  const result = form.safeParse(body);
  if (!result.success) throw new BankProblem('request_invalid', {}, { cause: result.error });
  return result.data;
}
