/** A refusal of the bank's own server. */
export class BankProblem extends Error {
  override readonly name = 'BankProblem';

  constructor(
    readonly code: string,
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}
