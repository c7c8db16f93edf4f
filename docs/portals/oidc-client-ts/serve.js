// Serves the page and the library, as any web server could. Nothing here knows a secret: there is none.
// Reads ISSUER, CLIENT_ID and PORT from the environment.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { ISSUER, CLIENT_ID, PORT } = process.env
const library = './node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js'

const page = ['text/html; charset=utf-8', readFileSync('index.html')]
const FILES = {
  '/': page,
  '/callback': page, // the address that the provider brings the browser back to
  '/portal.js': ['text/javascript', readFileSync('portal.js')],
  '/oidc-client-ts.min.js': ['text/javascript', readFileSync(library)],
  '/config.json': ['application/json', JSON.stringify({ authority: ISSUER, client_id: CLIENT_ID })],
}

createServer((request, response) => {
  const file = FILES[new URL(request.url, 'http://localhost').pathname]
  if (request.method !== 'GET' || !file) return response.writeHead(404).end()
  response.writeHead(200, {
    'content-type': file[0],
    // Tokens live in this page: no script of anybody else, no request but to ourselves and to the provider.
    'content-security-policy': `default-src 'none'; script-src 'self'; connect-src 'self' ${ISSUER}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
  }).end(file[1])
}).listen(Number(PORT), '127.0.0.1')
