import { message } from '../../wire/index.ts'

/** Changes nothing. Lets the high watermark of an idle quorum move, so that its health shows. */
export const NoOpRecord = message(
  { name: 'NoOpRecord', key: 20, versions: [0, 0], flexibleSince: 0 },
  {},
)
