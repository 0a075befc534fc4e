SELECT name, verifier FROM pooler.login_of($1)
