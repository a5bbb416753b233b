#!/usr/bin/env node
// CommonJS and old syntax on purpose: this file must load on any Node, to say clearly when that Node is too old.
'use strict'
const path = require('path')
const fs = require('fs')

const version = process.versions.node.split('.').map(Number)
if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
  console.error(
    'highwater needs Node.js 22.18 or later; this is ' +
      process.version +
      '. Get it from https://nodejs.org/ or your package manager.',
  )
  process.exit(1)
}
try {
  require('module').enableCompileCache()
} catch {
  // Only speed is lost.
}
const built = path.join(__dirname, '..', 'dist', 'cli', 'main.js')
const source = path.join(__dirname, '..', 'src', 'cli', 'main.ts')
import(require('url').pathToFileURL(fs.existsSync(built) ? built : source).href).catch(
  function (error) {
    console.error(error)
    process.exit(1)
  },
)
