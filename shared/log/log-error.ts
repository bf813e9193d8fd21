// Why a log will not open or go on. Never repaired in silence: somebody must look.

export type LogErrorCode =
  | 'another_key'
  | 'another_origin'
  | 'damaged'
  | 'another_writer'
  | 'empty'
  | 'closed'
  /** Another program changed the log's key: this one can read on, not write on. */
  | 'retired_key';

export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string) {
    super(`audit log: ${message}`);
    this.code = code;
  }
}
