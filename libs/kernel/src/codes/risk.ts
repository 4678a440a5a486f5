import { codes } from './entry.js';

const RECORDED = 'Read the event of this request: clients are told `authentication_failed` or `step_up_failed`.';

export const riskCodes = codes({
  risk_blocked: {
    kind: 'unauthenticated',
    title: 'The risk was too high.',
    cause: 'The score reached a band whose action is to block; the event names score and reasons.',
    remedy: RECORDED,
    toldAs: 'authentication_failed',
  },
  risk_factor_needed: {
    kind: 'unauthenticated',
    title: 'The risk asks for a further factor.',
    cause:
      'The band asks for a second factor, and the passkey came without user verification, so it is one factor only.',
    remedy: `${RECORDED} Ask for user verification in the policy.`,
    toldAs: 'authentication_failed',
  },
  risk_absent: {
    kind: 'unauthenticated',
    title: 'The risk could not be judged.',
    cause: 'The risk service did not answer in time, and the policy says that this blocks.',
    remedy: `${RECORDED} Restore the risk service, or change \`risk.whenAbsent\`.`,
    toldAs: 'authentication_failed',
  },
});
