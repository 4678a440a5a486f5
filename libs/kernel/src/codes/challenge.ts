import { codes } from './entry.js';

export const challengeCodes = codes({
  challenge_spent: {
    kind: 'unauthenticated',
    title: 'This challenge cannot be used.',
    cause: 'It was presented before, was made for something else, or was not made by us.',
    remedy: 'Ask for new options and start again.',
  },
  challenge_expired: {
    kind: 'unauthenticated',
    title: 'This challenge has expired.',
    cause: 'More time passed since the options were given than the ceremony allows.',
    remedy: 'Ask for new options and start again.',
  },
});
