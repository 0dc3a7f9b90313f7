"""A file with a text, for the tests of readers."""

import pytest


@pytest.fixture
def written(request, tmp_path):
    """A function that writes text or bytes to a file, named ``FILE`` of the module if not told."""

    def write(content, name=None):
        path = tmp_path / (name or request.module.FILE)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
