// A whole portal in a page, on oidc-client-ts: a public client with PKCE. Sign in, refresh, userinfo, sign out.

/* global oidc */

const { authority, client_id } = await (await fetch('/config.json')).json()
const manager = new oidc.UserManager({
  authority,
  client_id,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: 'openid profile email',
  loadUserInfo: true, // the ID token has no claim about the person
  automaticSilentRenew: true, // by the refresh token, a minute before the access token ends
})
const element = (id) => document.getElementById(id)
let refreshed = 0

function show(user) {
  element('out').hidden = Boolean(user)
  element('in').hidden = !user
  element('known').textContent = user ? JSON.stringify({ claims: user.profile, refreshed }, null, 2) : ''
}

// The refresh token works once. When it is refused (signed out elsewhere, password changed), sign in again.
async function refresh() {
  try {
    const user = await manager.signinSilent()
    refreshed += 1
    show(user)
  } catch (error) {
    await manager.removeUser()
    show(null)
    element('trouble').textContent = error.message
  }
}

element('login').onclick = () => manager.signinRedirect()
element('refresh').onclick = refresh
element('logout').onclick = () => manager.signoutRedirect()

try {
  if (location.pathname === '/callback') {
    await manager.signinCallback()
    history.replaceState(null, '', '/')
  }
} catch (error) {
  element('trouble').textContent = error.message
}
show(await manager.getUser())
