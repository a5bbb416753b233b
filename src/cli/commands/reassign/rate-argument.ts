import { InvalidArgumentError } from 'commander'
import { parseSize } from '../../text/size.ts'

/** Bytes per second: `50MB`, `10MiB`, `1000000`. */
export function rateArgument(text: string): number {
  const rate = parseSize(text)
  if (rate === null || rate === 0)
    throw new InvalidArgumentError('It must be bytes per second such as 50MB, 10MiB or 1000000.')
  return rate
}
