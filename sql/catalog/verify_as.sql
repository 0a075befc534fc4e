-- For the transaction: whoever asks is then the deployer, in what it may do and in what it may become.
SELECT pg_catalog.set_config('session_authorization', %(deployer)s, true)
