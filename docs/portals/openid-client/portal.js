// A whole portal on openid-client: sign in, refresh, userinfo, sign out.
// Reads ISSUER, CLIENT_ID, CLIENT_SECRET and PORT from the environment.

import { randomBytes, webcrypto } from 'node:crypto'
import { createServer } from 'node:http'
import * as client from 'openid-client'

globalThis.crypto ??= webcrypto // Node.js 18 (Debian 12) does not set it by itself

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env
const BASE = `http://localhost:${PORT}`
const COOKIE = 'openid_client_portal'
const SECURE = BASE.startsWith('https:') ? '; Secure' : ''

// Plain http is for a provider on this machine only.
const onThisMachine = ISSUER.startsWith('http://localhost:') || ISSUER.startsWith('http://127.0.0.1:')
const execute = onThisMachine ? [client.allowInsecureRequests] : []
// The signature of ID tokens is checked too, not only that TLS brought them.
execute.push(client.enableNonRepudiationChecks)
const provider = await client.discovery(
  new URL(ISSUER), CLIENT_ID, undefined, client.ClientSecretBasic(CLIENT_SECRET), { execute },
)

// Tokens stay on the server; the browser's cookie has a random name for them. Put this into your database, with an end.
const sessions = new Map()

async function home(session) {
  if (!session?.tokens) return page('<p><a href="/login">Sign in</a></p>')
  const { claims, userinfo, refreshed } = session
  return page(`<pre>${escape(JSON.stringify({ claims, userinfo, refreshed }, null, 2))}</pre>
    <form method="post" action="/refresh"><button>Refresh</button></form>
    <form method="post" action="/logout"><button>Sign out</button></form>`)
}

async function login() {
  const pending = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const url = client.buildAuthorizationUrl(provider, {
    redirect_uri: `${BASE}/callback`,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: pending.expectedState,
    nonce: pending.expectedNonce,
  })
  return redirect(url, newSession({ pending }))
}

async function callback(session, id, url) {
  if (!session?.pending) return redirect('/')
  sessions.delete(id)
  let tokens
  try {
    tokens = await client.authorizationCodeGrant(provider, url, session.pending)
  } catch (error) {
    return page(`<p>Signing in failed: ${escape(error.error ?? error.message)}</p>`, 400)
  }
  const claims = tokens.claims()
  const userinfo = await client.fetchUserInfo(provider, tokens.access_token, claims.sub)
  return redirect('/', newSession({ tokens, claims, userinfo, refreshed: 0 }))
}

async function refresh(session, id) {
  if (!session?.tokens) return redirect('/')
  try {
    // It works once: keep the new one at once.
    const fresh = await client.refreshTokenGrant(provider, session.tokens.refresh_token)
    if (fresh.claims().sub !== session.claims.sub) throw new Error('another subject')
    session.tokens = { ...session.tokens, ...fresh }
    session.claims = fresh.claims()
    session.userinfo = await client.fetchUserInfo(provider, fresh.access_token, session.claims.sub)
    session.refreshed += 1
  } catch {
    sessions.delete(id) // signed out elsewhere, or the password was changed: sign in again
  }
  return redirect('/')
}

async function logout(session, id) {
  sessions.delete(id)
  if (!session?.tokens) return redirect('/')
  return redirect(client.buildEndSessionUrl(provider, {
    id_token_hint: session.tokens.id_token,
    post_logout_redirect_uri: `${BASE}/`,
  }))
}

const ROUTES = {
  'GET /': home, 'GET /login': login, 'GET /callback': callback, 'POST /refresh': refresh, 'POST /logout': logout,
}

function newSession(content) {
  const id = randomBytes(32).toString('base64url')
  sessions.set(id, content)
  return id
}

function redirect(location, session) {
  // SameSite=Lax: a form on another site brings no cookie, so it can neither refresh nor sign out.
  const cookie = session && { 'set-cookie': `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Lax${SECURE}` }
  return { status: 303, headers: { location: String(location), ...cookie }, body: '' }
}

function page(body, status = 200) {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
  return { status, headers, body: `<h1>Portal</h1>${body}` }
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}

createServer(async (request, response) => {
  const url = new URL(request.url, BASE)
  const id = request.headers.cookie?.match(new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`))?.[1]
  const route = ROUTES[`${request.method} ${url.pathname}`]
  let answer
  try {
    answer = route ? await route(sessions.get(id), id, url) : page('<p>Not here.</p>', 404)
  } catch (error) {
    console.error(error)
    answer = page('<p>The provider does not answer.</p>', 503)
  }
  response.writeHead(answer.status, answer.headers).end(answer.body)
}).listen(Number(PORT), '127.0.0.1')
