/** The feature that rules which records may be written. */
export const METADATA_VERSION = 'metadata.version'
/** 3.3-IV3, the oldest level that 4.x can read. */
export const METADATA_VERSION_MIN = 7
/** 4.3-IV0, what new clusters get. */
export const METADATA_VERSION_LATEST = 30
