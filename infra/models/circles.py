"""Finding a circle among things that need each other."""


def find_circle(edges: dict[str, set[str]]) -> tuple[str, ...]:
    """Return the names on one circle, the first one repeated at the end, or nothing."""
    done: set[str] = set()

    def walk(node: str, trail: tuple[str, ...]) -> tuple[str, ...]:
        if node in trail:
            return (*trail[trail.index(node) :], node)
        if node in done:
            return ()
        for following in sorted(edges.get(node, ())):
            if circle := walk(following, (*trail, node)):
                return circle
        done.add(node)
        return ()

    return next((circle for node in sorted(edges) if (circle := walk(node, ()))), ())
