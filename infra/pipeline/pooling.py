"""The pools of the pipeline, as they are where a stack file says nothing else: the guide's figures."""

from typing import Final

from infra.models.pool import Application, Pool, Pooling
from infra.models.pool_server import RoleTimeouts, Server
from infra.pipeline.names import MONITOR, SERVICE

#: The login of Supabase's API, which acts as the user of each request.
API_LOGIN: Final = "authenticator"

DEFAULTS: Final = Pooling(
    pools={
        # The application's own service: the guide's 20 connections.
        SERVICE: Pool(size=20, minimum=2, reserve=5, clients=200),
        API_LOGIN: Pool(size=20, minimum=2, reserve=5, clients=200),
        MONITOR: Pool(size=2, clients=10),
    },
    application=Application(role=SERVICE, pool=20, idle="60s", acquire="60s"),
    server=Server(
        max_connections=200,
        shared_preload_libraries=("pg_stat_statements",),
        roles={
            SERVICE: RoleTimeouts(statement_timeout="8s", idle_in_transaction_session_timeout="30s"),
            MONITOR: RoleTimeouts(statement_timeout="5s"),
        },
    ),
)
