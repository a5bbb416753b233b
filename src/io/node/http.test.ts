import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { serveHttp } from './http.ts'

const HOST = '127.0.0.1'

describe('serveHttp()', () => {
  it('answers with what the handler returns', async () => {
    const server = await serveHttp({ host: HOST, port: 0 }, async () => async (request) => {
      const { pathname } = new URL(request.url)
      return new Response(`${request.method} ${pathname} ${await request.text()}`, { status: 201 })
    })
    const url = `http://${server.host}:${server.port}/a`
    const response = await fetch(url, { method: 'POST', body: 'body' })
    expect([response.status, await response.text()]).toEqual([201, 'POST /a body'])
    await server.close()
    await expect(fetch(url)).rejects.toThrow()
  })

  it('turns a failing handler into a 500, and lives on', async () => {
    let calls = 0
    const server = await serveHttp({ host: HOST, port: 0 }, async () => () => {
      if (calls++ === 0) throw new Error('bug')
      return new Response('fine')
    })
    const url = `http://${server.host}:${server.port}/`
    expect((await fetch(url)).status).toBe(500)
    expect((await fetch(url)).status).toBe(200)
    await server.close()
  })

  it('says when the port is taken', async () => {
    const server = await serveHttp({ host: HOST, port: 0 }, async () => () => new Response(''))
    const again = serveHttp({ host: HOST, port: server.port }, async () => () => new Response(''))
    await expect(again).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
    await server.close()
  })

  it('closes although somebody keeps a connection open', async () => {
    const server = await serveHttp({ host: HOST, port: 0 }, async () => () => new Response(''))
    const socket = connect(server.port, HOST)
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write('GET / HTTP/1.1\r\n')
    await new Promise((done) => setTimeout(done, 50))
    await server.close()
    socket.destroy()
  })
})
