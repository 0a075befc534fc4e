-- The first statement of the transaction whose view of the data the dump shares.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY
