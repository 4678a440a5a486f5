import { z } from 'zod';

/** A list that is not empty and names nothing twice; `one` is an entry in words, e.g. `an algorithm`. */
export const distinct = <T extends z.ZodType>(each: T, one: string): z.ZodArray<T> =>
  z
    .array(each)
    .min(1)
    .refine((values) => new Set(values).size === values.length, `names ${one} twice`);
