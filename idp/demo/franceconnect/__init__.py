"""A stand-in for FranceConnect, the State's OpenID provider that other providers lean on.

Owns: what a client of FranceConnect meets over HTTP (and of FranceConnect+, with `--level plus`): its closed lists
of parameters, its short lifetimes, its signed userinfo, its made-up citizens, its errors, and, when asked, its worst
days. Does not own: anything of our provider, nor of its client. The two share no code, so neither can hide the
other's mistakes.

    server ──routes──► discovery   authorize ──► interaction ──► callback      token   userinfo   logout   revocation
       │                             │                                           └──┬──┘
       ├──► control (loopback, on request)       state: one `Mock` in memory      tokens ◄── tampering
       └──► spoiling, wire: answers that go wrong on request

Everybody in it is invented. State lives in this process and ends with it.
"""
