/** Where a node listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

const PORT_DEFAULT = 9092

/** Reads `host:port,host:port`. The port defaults to 9092; IPv6 stands in brackets. Throws RangeError on anything else. */
export function parseBootstrap(text: string): Address[] {
  return text.split(',').map((part) => {
    const match = /^\s*(\[[^\]]+\]|[^:[\]\s]+)(?::(\d+))?\s*$/.exec(part)
    const port = Number(match?.[2] ?? PORT_DEFAULT)
    if (match?.[1] === undefined || port < 1 || port > 65_535) {
      throw new RangeError(
        `Cannot read the bootstrap server '${part}': it must have the form host:port`,
      )
    }
    return { host: match[1].replace(/^\[|\]$/g, ''), port }
  })
}

/** The form that {@link parseBootstrap} reads. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
