/** Everything this bank refuses, with the status and the sentence that go with it. */
const PROBLEMS = {
  request_invalid: [400, 'The request is not of the expected form.'],
  amount_invalid: [400, 'The amount cannot be transferred.'],
  sign_in_required: [401, 'Sign in first.'],
  confirmation_required: [401, 'Confirm this with your passkey first.'],
  confirmation_refused: [403, 'The confirmation is not for exactly this, or was used already.'],
  not_found: [404, 'There is no such thing.'],
  user_name_taken: [409, 'This user name is taken.'],
  payee_known: [409, 'This payee is on the list already.'],
  payee_unknown: [409, 'This payee is not on the list.'],
  funds_insufficient: [409, 'There is not enough money in the account.'],
  bank_full: [503, 'The bank takes no new customers at the moment.'],
  platform_unavailable: [503, 'The sign-in service cannot be reached at the moment.'],
  internal: [500, 'Something went wrong on our side.'],
} as const satisfies Record<string, readonly [number, string]>;

export type BankCode = keyof typeof PROBLEMS;

/** A refusal of the bank's own API, sent as a problem document (RFC 9457). */
export class BankProblem extends Error {
  override readonly name = 'BankProblem';
  readonly status: number;

  constructor(
    readonly code: BankCode,
    /** The action a confirmation must be for, told with `confirmation_required`. */
    readonly details: { action?: string } = {},
    options?: ErrorOptions,
  ) {
    super(PROBLEMS[code][1], options);
    this.status = PROBLEMS[code][0];
  }

  toJSON(): Record<string, unknown> {
    return { type: 'about:blank', title: this.message, status: this.status, code: this.code, ...this.details };
  }
}
