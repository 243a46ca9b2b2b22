export { Chat, type Language, type StepEvent } from './chat.ts';
export { serve } from './channel.ts';
export { DecoderClient } from './client.ts';
export { ProtocolError, failureOf, type Failure } from './failure.ts';
export { decoderService } from './service.ts';
export type * from './messages.ts';
