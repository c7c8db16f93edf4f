// A whole portal on oauth4webapi: sign in, refresh, userinfo, sign out.
// Reads ISSUER, CLIENT_ID, CLIENT_SECRET and PORT from the environment.

import { randomBytes, webcrypto } from 'node:crypto'
import { createServer } from 'node:http'
import * as oauth from 'oauth4webapi'

globalThis.crypto ??= webcrypto // Node.js 18 (Debian 12) does not set it by itself

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env
const BASE = `http://localhost:${PORT}`
const COOKIE = 'oauth4webapi_portal'
const SECURE = BASE.startsWith('https:') ? '; Secure' : ''

// Plain http is for a provider on this machine only.
const onThisMachine = ISSUER.startsWith('http://localhost:') || ISSUER.startsWith('http://127.0.0.1:')
const options = { [oauth.allowInsecureRequests]: onThisMachine }
const issuer = new URL(ISSUER)
const provider = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
const client = { client_id: CLIENT_ID }
const authentication = oauth.ClientSecretBasic(CLIENT_SECRET)

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
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  }
  const url = new URL(provider.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: `${BASE}/callback`,
    scope: 'openid profile email offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
    state: pending.state,
    nonce: pending.nonce,
  })
  return redirect(url, newSession({ pending }))
}

async function callback(session, id, url) {
  if (!session?.pending) return redirect('/')
  sessions.delete(id)
  const { verifier, state, nonce } = session.pending
  let tokens
  try {
    const parameters = oauth.validateAuthResponse(provider, client, url, state)
    const response = await oauth.authorizationCodeGrantRequest(
      provider, client, authentication, parameters, `${BASE}/callback`, verifier, options,
    )
    tokens = await oauth.processAuthorizationCodeResponse(
      provider, client, response, { expectedNonce: nonce, requireIdToken: true },
    )
    // The signature of the ID token is checked too, not only that TLS brought it.
    await oauth.validateApplicationLevelSignature(provider, response, options)
  } catch (error) {
    return page(`<p>Signing in failed: ${escape(error.error ?? error.message)}</p>`, 400)
  }
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  const userinfo = await askUserInfo(tokens, claims.sub)
  return redirect('/', newSession({ tokens, claims, userinfo, refreshed: 0 }))
}

async function refresh(session, id) {
  if (!session?.tokens) return redirect('/')
  try {
    const response = await oauth.refreshTokenGrantRequest(
      provider, client, authentication, session.tokens.refresh_token, options,
    )
    const fresh = await oauth.processRefreshTokenResponse(provider, client, response)
    await oauth.validateApplicationLevelSignature(provider, response, options)
    const claims = oauth.getValidatedIdTokenClaims(fresh)
    if (claims.sub !== session.claims.sub) throw new Error('another subject')
    // It works once: keep the new one at once.
    Object.assign(session, { tokens: { ...session.tokens, ...fresh }, claims })
    session.userinfo = await askUserInfo(fresh, claims.sub)
    session.refreshed += 1
  } catch {
    sessions.delete(id) // signed out elsewhere, or the password was changed: sign in again
  }
  return redirect('/')
}

async function logout(session, id) {
  sessions.delete(id)
  if (!session?.tokens) return redirect('/')
  const url = new URL(provider.end_session_endpoint)
  url.search = new URLSearchParams({
    client_id: CLIENT_ID,
    id_token_hint: session.tokens.id_token,
    post_logout_redirect_uri: `${BASE}/`,
  })
  return redirect(url)
}

async function askUserInfo(tokens, sub) {
  const response = await oauth.userInfoRequest(provider, client, tokens.access_token, options)
  return oauth.processUserInfoResponse(provider, client, sub, response)
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
