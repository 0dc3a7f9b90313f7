"""TensorBoard event files, written and read with the tensorboard package alone.

TensorBoard's own ``EventFileWriter`` reaches its file through ``tensorboard.compat.tf`` and so imports
TensorFlow where that is installed (seconds, and 600 MB) before the first event is written. Its
``RecordWriter`` and its builders of summaries do not. So this module opens the file itself and leaves the
record format, the checksums and the messages to them; nothing here imports TensorFlow, under any backend.
"""

from __future__ import annotations

import io
import itertools
import struct
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from common.atomic import write_atomic

#: Part of every event file's name; TensorBoard reads no other.
MARK = "tfevents"
FILE_VERSION = "brain.Event:2"
PNG = b"\x89PNG\r\n\x1a\n"
SESSION_END = "_hparams_/session_end_info"


class EventWriter:
    """Writes one event file in a folder; what is written has left the process when a call returns.

    folder: a TensorBoard run such as ``runs/<name>/<id>/train``; made where absent.
    keep_until: after a resume, the last step that counts. Events of later steps, the end of the session and
    torn records are first taken out of the older files, so that no step appears twice. None keeps all.
    """

    def __init__(self, folder: Path | str, keep_until: int | None = None):
        from tensorboard.compat.proto import event_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        older = event_files(self.folder)
        if keep_until is not None:
            for path in older:
                _cut(path, keep_until)
        self.path = self.folder / f"events.out.{MARK}.{_after(older)}.nmr-repro"
        self._records = RecordWriter(self.path.open("xb"))
        self._add(event_pb2.Event(file_version=FILE_VERSION))
        if keep_until is not None or not older:
            # At the second start TensorBoard forgets what it had already read of the steps to be done again.
            started = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
            self._add(event_pb2.Event(step=0 if keep_until is None else keep_until + 1, session_log=started))

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Write one number (any real scalar; nan and inf too)."""
        from tensorboard.plugins.scalar import summary_v2

        self._summary(summary_v2.scalar_pb(tag, float(value)), step)

    def histogram(self, tag: str, array, step: int) -> None:
        """Write the distribution of an array's finite values in 30 buckets."""
        import numpy as np
        from tensorboard.plugins.histogram import summary_v2

        values = np.asarray(array, dtype=np.float64).ravel()
        self._summary(summary_v2.histogram_pb(tag, values[np.isfinite(values)]), step)

    def image(self, tag: str, figure, step: int) -> None:
        """Write an image: a matplotlib figure, or the bytes of a PNG file. ValueError for other bytes."""
        from tensorboard.compat.proto import summary_pb2, tensor_pb2, types_pb2
        from tensorboard.plugins.image import metadata

        from common.reporting.figures import png_bytes

        png = figure if isinstance(figure, bytes) else png_bytes(figure)
        if png[:8] != PNG or len(png) < 24:
            raise ValueError(f"image {tag!r} is not a PNG file")
        width, height = struct.unpack(">II", png[16:24])
        tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING)
        tensor.string_val.extend([str(width).encode(), str(height).encode(), png])
        tensor.tensor_shape.dim.add(size=3)
        summary = summary_pb2.Summary()
        summary.value.add(tag=tag, metadata=metadata.create_summary_metadata(tag, ""), tensor=tensor)
        self._summary(summary, step)

    def text(self, tag: str, markdown: str, step: int = 0) -> None:
        """Write a text, shown as Markdown."""
        from tensorboard.plugins.text import summary_v2

        self._summary(summary_v2.text_pb(tag, markdown), step)

    def hparams(self, values: dict, trial_id: str) -> None:
        """Write the configuration for the HParams tab; what is no bool, number or string is shown as text."""
        from tensorboard.plugins.hparams import summary_v2

        plain = {key: v if isinstance(v, (bool, int, float, str)) else str(v) for key, v in values.items()}
        self._summary(summary_v2.hparams_pb(plain, trial_id=trial_id), 0)

    def session_end(self, ok: bool) -> None:
        """Write how the run ended, for the status column of the HParams tab."""
        from tensorboard.compat.proto import summary_pb2
        from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

        status = api_pb2.STATUS_SUCCESS if ok else api_pb2.STATUS_FAILURE
        # Built by hand: tensorboard's session_end_pb lives in a module that imports TensorFlow.
        end = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
        content = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=end))
        summary = summary_pb2.Summary()
        summary.value.add(tag=SESSION_END, metadata=content, tensor=metadata.NULL_TENSOR)
        self._summary(summary, 0)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if not self._records.closed:
            self._records.close()

    def _summary(self, summary, step: int) -> None:
        from tensorboard.compat.proto import event_pb2

        self._add(event_pb2.Event(step=int(step), summary=summary))

    def _add(self, event) -> None:
        event.wall_time = time.time()
        self._records.write(event.SerializeToString())
        self._records.flush()


def event_files(folder: Path | str) -> list[Path]:
    """The event files of a folder itself, in the order they were begun."""
    return sorted(path for path in Path(folder).glob(f"*{MARK}*") if path.is_file())


def read_events(path: Path | str) -> Iterator:
    """The events of one file (TensorBoard's ``Event`` messages), up to the first torn or damaged record."""
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto import event_pb2
    from tensorboard.compat.tensorflow_stub import errors
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

    reader = PyRecordReader_New(str(path))
    while True:
        try:
            reader.GetNext()
            event = event_pb2.Event.FromString(reader.record())
        except (errors.OutOfRangeError, errors.DataLossError, DecodeError):
            return
        yield event


def read_scalars(folder: Path | str) -> dict[str, list[tuple[int, float]]]:
    """The scalars of a folder, ``{tag: [(step, value), ...]}`` in the order written, or empty."""
    from tensorboard.util import tensor_util

    scalars: dict[str, list[tuple[int, float]]] = {}
    for event in itertools.chain.from_iterable(map(read_events, event_files(folder))):
        for value in event.summary.value:
            if _kind(value) == "scalars":
                number = float(tensor_util.make_ndarray(value.tensor))
                scalars.setdefault(value.tag, []).append((event.step, number))
    return scalars


def thin(
    source: Path | str,
    destination: Path | str,
    limit_bytes: int,
    leave_out: tuple[str, ...] = (),
    scores: Mapping[str, float] | None = None,
) -> int:
    """Copy a run's event files, small enough to publish; returns the bytes written, at most ``limit_bytes``.

    source: a run folder; each folder below it that has event files becomes one file in the same place below
    ``destination``. Texts and hyper-parameters are kept whole. Of each scalar every k-th point and the last
    are kept, k the smallest power of two that needs no more than half the room; what is left goes to the last
    image of each tag, those of ``source`` itself before those of the folders below, then to the last
    histograms, newest first. ValueError where there is no room for the texts and scalars alone. leave_out:
    folders of ``source`` that are not copied. scores: values by tag that take the place of scalars of
    ``source`` itself, of a run that was scored again.
    """
    source, destination = Path(source), Path(destination)
    folders = {path.parent for path in source.rglob(f"*{MARK}*") if path.is_file()}
    folders = sorted(folders - {source / name for name in leave_out})
    runs = {folder: _sorted_out(folder) for folder in folders}
    _put(scores or {}, runs[source][1] if source in runs else {})
    every = 1
    while True:
        kept = {folder: plain + _sampled(scalars, every) for folder, (plain, scalars, _) in runs.items()}
        size = sum(map(_stored, itertools.chain.from_iterable(kept.values())))
        if size <= limit_bytes // 2 or every > 1 << 20:
            break
        every *= 2
    if size > limit_bytes:
        raise ValueError(f"the texts and scalars of {source} need {size} bytes, more than {limit_bytes}")
    heavy = [(folder, event) for folder, (_, _, last) in runs.items() for event in last]
    heavy.sort(
        key=lambda pair: (_kind(pair[1].summary.value[0]) != "images", pair[0] != source, -pair[1].step)
    )
    for folder, event in heavy:
        if size + _stored(event) <= limit_bytes:
            kept[folder].append(event)
            size += _stored(event)
    for folder, events in kept.items():
        name = event_files(folder)[0].name
        _write(destination / folder.relative_to(source) / name, sorted(events, key=lambda event: event.step))
    return size


def _put(scores: Mapping[str, float], scalars: dict[str, list]) -> None:
    """Give scalars of some tags the values of ``scores``, in place."""
    from tensorboard.plugins.scalar import summary_v2

    for tag in scores.keys() & scalars.keys():
        for event in scalars[tag]:
            event.summary.CopyFrom(summary_v2.scalar_pb(tag, scores[tag]))


def _cut(path: Path, keep_until: int) -> None:
    """Rewrite an event file without later steps and without the end of a session that goes on."""
    _write(path, (event for event in read_events(path) if event.step <= keep_until and not _ends(event)))


def _after(older: Iterable[Path]) -> int:
    """A time in ns for a file's name, later than those of older ones also where the clock was set back.

    TensorBoard reads the files of a folder in the order of their names.
    """
    times = [path.name.partition(f"{MARK}.")[2].split(".")[0] for path in older]
    return max([time.time_ns(), *(int(each) + 1 for each in times if each.isdecimal())])


def _ends(event) -> bool:
    return any(value.tag == SESSION_END for value in event.summary.value)


def _write(path: Path, events: Iterable) -> None:
    """Write events to a file in one go; one without events is still an event file."""
    from tensorboard.compat.proto import event_pb2
    from tensorboard.summary.writer.record_writer import RecordWriter

    buffer = io.BytesIO()
    records = RecordWriter(buffer)
    for event in events:
        records.write(event.SerializeToString())
    if not buffer.tell():
        records.write(event_pb2.Event(file_version=FILE_VERSION).SerializeToString())
    write_atomic(path, buffer.getvalue())


def _sorted_out(folder: Path) -> tuple[list, dict[str, list], list]:
    """The events of a folder, one value each: always kept, scalars by tag, last images and histograms."""
    plain, scalars, last = [], {}, {}
    for event in itertools.chain.from_iterable(map(read_events, event_files(folder))):
        if event.HasField("file_version"):
            plain = plain or [event]
        for value in event.summary.value:
            single = type(event)(wall_time=event.wall_time, step=event.step)
            single.summary.value.append(value)
            kind = _kind(value)
            if kind == "scalars":
                scalars.setdefault(value.tag, []).append(single)
            elif kind in ("images", "histograms"):
                last[value.tag] = single
            else:
                plain.append(single)
    return plain, scalars, list(last.values())


def _sampled(scalars: dict[str, list], every: int) -> list:
    """Every k-th event of each tag and the last one."""
    return [event for events in scalars.values() for event in (*events[:-1:every], events[-1])]


def _stored(event) -> int:
    """Bytes of an event in a file: length, two checksums and the message."""
    return 16 + event.ByteSize()


def _kind(value) -> str:
    """The TensorBoard plugin that shows a value."""
    return value.metadata.plugin_data.plugin_name
