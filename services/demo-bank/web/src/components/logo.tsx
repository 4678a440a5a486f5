/** The bank's mark; its name stands beside it, so it says nothing to a screen reader. */
export const Logo = () => (
  <svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="#0b6f5e" />
    <path d="M6 21c4-7 7-7 10-3s6 3 10-5" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
    <circle cx="22" cy="8.5" r="2.5" fill="#fff" />
  </svg>
);
