"""Models by the properties that they were loaded from: one resource is checked, compared and read in turn."""

import json
from typing import Final

from infra.models.base import Model
from infra.provider.handler import Properties

#: Far more than an engine asks for at once; what is older is loaded again.
_MOST: Final = 1024


class LoadedModels:
    """Loads models, and keeps them: they are frozen, so whoever asks may have the same one. Safe for threads."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model
        self._kept: dict[str, Model] = {}

    def load(self, properties: Properties) -> Model:
        """Return the model of these properties.

        Raises:
            pydantic.ValidationError: as `Model.load` does.
        """
        try:
            key = json.dumps(properties, sort_keys=True)
        except TypeError:  # a value that no model has: it says so itself
            return self._model.load(properties)
        found = self._kept.get(key)
        if found is None:
            found = self._model.load(properties)
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = found
        return found
