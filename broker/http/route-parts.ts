// What the routes of the table are put together from.
import type { z } from 'zod';

export const read = {
  method: 'GET',
  who: 'principal',
  owns: 'nothing',
  proof: 'none',
  query: null,
  body: null,
  media: 'application/json',
} as const;
export const write = { ...read, method: 'POST' } as const;
export const json = <S extends z.ZodType>(schema: S): { readonly type: 'json'; readonly schema: S } => ({
  type: 'json',
  schema,
});
export const form = <S extends z.ZodType>(schema: S): { readonly type: 'form'; readonly schema: S } => ({
  type: 'form',
  schema,
});
