-- The session under a digest. ARGV: the digest.
local session, fault = find(ARGV[3])
return fault or (session and session.text)
