/**
 * Runs in the page: opens the dialog of the first device and watches it come. What a change sets in motion is seen with the
 * change: between two frames a machine may pause for longer than a motion lasts.
 *
 * @returns the longest animation, milliseconds
 */
export async function longestAnimation(): Promise<number> {
  let longest = 0;
  const look = (): void => {
    const durations = document.getAnimations().map(({ effect }) => Number(effect?.getComputedTiming().duration ?? 0));
    longest = Math.max(longest, ...durations);
  };
  const changes = new MutationObserver(look);
  changes.observe(document.documentElement, { subtree: true, childList: true, attributes: true });
  document.querySelector<HTMLElement>('[aria-label^="Remove "]')!.click();
  for (let frames = Infinity; frames > 0; frames--) {
    await new Promise(requestAnimationFrame);
    look();
    if (frames === Infinity && document.querySelector('[role="dialog"]')) frames = 25;
  }
  changes.disconnect();
  return longest;
}
