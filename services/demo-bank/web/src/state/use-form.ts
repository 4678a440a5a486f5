import { useState, type FormEvent } from 'react';

/**
 * Shows what is wrong with a form once somebody tried to send it, and moves the focus to the first wrong field.
 *
 * @param checks for each field its message, or false when it is right
 */
export function useForm<K extends string>(checks: Record<K, string | false>) {
  const [tried, setTried] = useState(false);
  const isRight = Object.values(checks).every((message) => message === false);
  const submit = (send: () => void) => (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(!isRight);
    if (isRight) send();
    else focusFirstError(event.currentTarget);
  };
  return { submit, errors: tried ? checks : ({} as Partial<Record<K, string | false>>) };
}

/** After the messages have been drawn. */
function focusFirstError(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
