"""One run: its folder, its lock, the training of its parts, its scores, its record."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from common.errors import RunError
from common.reporting import record as records
from common.reporting.events import EventWriter, event_files
from common.reporting.published import FILE, read_published, write_events
from common.training import config as configuration
from common.training import fingerprint
from common.training.batches import Batches, part_seed
from common.training.devices import Devices
from common.training.findings import Findings
from common.training.fit import Fit
from common.training.interrupts import Interrupts
from common.training.lock import Lock
from common.training.parts import Parts
from common.training.storage import clear, disk_errors, sweep, write_file

#: Seconds between two checkpoints of a part, at least. ours: little for a killed run to do again, and so much
#: more than a checkpoint takes that trainings of many short epochs are not slowed by them.
CHECKPOINT_SECONDS = 20.0


class Session(Findings):
    """A run in progress, made by :meth:`open` or :meth:`reopen`; a context manager, giving it free again.

    name: the reproduction. config: its resolved configuration. backend: the Keras backend in use here.
    devices: what parts are trained on. Of several processes, the one that leads has the folder; the others
    write nothing.
    """

    def __init__(
        self, name: str, config, preset: str, variant: str, seed: int, folder: Path, offline: bool,
        devices: Devices | None = None,
    ):  # fmt: skip
        super().__init__(folder)
        self.devices, self._lock = devices or Devices(), None
        self.name, self.config, self.preset, self.variant, self.seed = name, config, preset, variant, seed
        self.id, self.offline, self.backend = folder.name, offline, fingerprint.backend()
        self.devices.lead(self._take)
        # As of now, before a long training: the files may change while it runs.
        self._code, self._checkout = fingerprint.fingerprint(name, self.backend), records.checkout()
        self._built: dict[str, object] = {}
        self._interrupts = Interrupts()
        self._parts, self._status = Parts(folder / "weights"), "interrupted"
        self._began, self._training = time.monotonic(), 0.0

    @classmethod
    def open(
        cls,
        name: str,
        config,
        *,
        preset: str,
        variant: str,
        seed: int,
        runs: Path | str = Path("runs"),
        fresh: bool = False,
        offline: bool = False,
        devices: Devices | None = None,
    ) -> Session:
        """Make the folder of a run, or take it up where it was left; ``fresh`` empties it first.

        RunError where another process works on it.
        """
        run = configuration.run_id(config, preset, variant, fingerprint.backend(), seed)
        session = cls(name, config, preset, variant, seed, Path(runs) / name / run, offline, devices)
        session.devices.lead(lambda: session._begin(fresh))
        return session

    @classmethod
    def reopen(cls, folder: Path | str, config_class: type, *, offline: bool = False) -> Session:
        """The run in a folder, on whatever backend, to be evaluated again. RunError where there is none."""
        folder = Path(folder).resolve()  # what "." is called is the id of the run
        try:
            content = json.loads((folder / "config.json").read_text())
            identity = [content[key] for key in ("preset", "variant", "seed")]
            config, name = configuration.from_dict(config_class, content["config"]), content["name"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{folder} is no run: its config.json cannot be read ({error})") from None
        return cls(name, config, *identity, folder, offline)

    def __enter__(self) -> Session:
        self._interrupts.__enter__()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._interrupts.__exit__(kind, error, trace)
        if error is not None and self.devices.leads and self.record is None:
            with contextlib.suppress(RunError):
                self._write_record(self._report())
        self.close()

    @property
    def record(self) -> dict | None:
        """The record of a run that was finished, now or before; None where it was not."""
        return records.complete_record(self.folder)

    def build(self, builder, part: str = "network"):
        """The model that ``builder()`` returns; its initial weights depend on the seed and the part alone."""
        import keras

        keras.utils.set_random_seed(part_seed(self.seed, part))
        self._built[part] = builder()
        return self._built[part]

    def fit(
        self,
        model,
        batches: Batches,
        part: str = "network",
        *,
        epochs: int,
        validation: Batches | None = None,
        monitor: str | None = "val_loss",
        figures=None,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
    ):
        """Train a part, from its checkpoint if it has one; a finished part is loaded. Returns the model.

        model: compiled, with its weights, from :meth:`build` (ValueError otherwise). monitor: the log whose
        lowest value says which epoch's weights to keep; None, or a ``val_`` log with no ``validation``, keeps
        the last. figures: ``figures(model) -> {tag: Figure}``, called at epochs 0, 1, 3, 7, ... and the last.
        checkpoint_seconds: least time between two checkpoints; 0 keeps every epoch. The last is kept always.
        RunError: a test case among the data, code or data changed since the checkpoint, a full disk, a loss
        that is not finite.
        """
        _refuse_test_cases(batches, validation)
        self.devices.check(batches)
        if self._built.pop(part, None) is not model or not model.built:
            raise ValueError(f"the model of part {part} must come, with its weights, from session.build")
        made_by = self._made_by()
        if self.devices.lead(lambda: self._is_done(part, made_by)):
            return self.trained(part, model)
        if validation is None and (monitor or "").startswith("val_"):
            monitor = None
        fit = Fit(
            self.folder, part, model, epochs, monitor, figures, made_by, checkpoint_seconds, self.devices,
            self._interrupts,
        )  # fmt: skip
        fit.resume(lambda earlier: self._accept(part, earlier, made_by))
        before = fit.state.seconds
        with disk_errors(self.folder):
            shown = [self.devices.dataset(each) if each else None for each in (batches, validation)]
            state = fit.run(*shown)
        self._training += state.seconds - before
        if state.diverged:
            self._status = "diverged"
            raise RunError(
                f"the loss of part {part} is not a finite number in epoch {state.epoch + 1} of {epochs};"
                " its last good checkpoint is kept"
            )
        self.devices.lead(lambda: self._store(part, model, fit))
        return model

    def trained(self, part: str, model):
        """Load the weights of a part into a built model of the same configuration and return it."""

        def load() -> None:
            self._parts.load(part, model)

        self.devices.lead(load)
        self.devices.share(model.weights)
        return model

    def finish(self) -> dict:
        """Write what TensorBoard shows of the run, then its record; return the record.

        The record comes last: a process killed before it has not finished, and does all of this again.
        """
        self._interrupts.check()
        record = self._report(complete=True)
        with disk_errors(self.folder):
            self._write_events(record)
        # Of a process killed between the weights of a part and its clearing up.
        shutil.rmtree(self.folder / "checkpoints", ignore_errors=True)
        self._write_record(record)
        return record

    def close(self) -> None:
        """Give the run free for other processes."""
        if self._lock:
            self._lock.release()

    def figure(self, name: str, figure) -> None:
        """Save a matplotlib figure as ``figures/<name>.png``; TensorBoard gets it with the record."""
        if self.devices.leads:
            super().figure(name, figure)

    def _take(self) -> None:
        with disk_errors(self.folder):
            self._lock = Lock(self.folder / ".lock")
            sweep(self.folder)

    def _begin(self, fresh: bool) -> None:
        if fresh:
            self._empty()
        content = {"name": self.name, "preset": self.preset, "variant": self.variant, "seed": self.seed}
        content |= {"backend": self.backend, "config": dataclasses.asdict(self.config)}
        write_file(self.folder / "config.json", json.dumps(content, indent=1) + "\n")

    def _is_done(self, part: str, made_by: Mapping[str, str]) -> bool:
        done = self._parts.summary(part)
        if done is not None:
            self._accept(part, done["made_by"], made_by)
        return done is not None

    def _store(self, part: str, model, fit: Fit) -> None:
        state = fit.state
        self._parts.store(part, model, state, fit.made_by, self._environment(state.seconds), self.found())
        fit.checkpoints.clear()

    def _empty(self) -> None:
        with disk_errors(self.folder):
            clear(self.folder, first=records.FILE, stays=".lock")

    def _made_by(self) -> dict[str, str]:
        """What a training depends on now: code, versions, and the data that are not for testing."""
        data = {
            f"{data_set}/{file}": checksum
            for data_set, entry in self.data.items()
            if entry["roles"] != ["test"]
            for file, checksum in entry["checksums"].items()
        }
        return self._code | data

    def _accept(self, part: str, earlier: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Refuse what other code, versions or data have made."""
        changed = fingerprint.difference(earlier, now)
        if changed:
            raise RunError(
                f"part {part} of run {self.id} was made with a different {changed};"
                " start anew with --fresh, or score it as it is with evaluate"
            )

    def _environment(self, seconds: float) -> dict:
        where = {"devices": self.devices.count, "processes": self.devices.processes}
        return records.environment(self.backend, fingerprint.device(), seconds) | self._checkout | where

    def _report(self, complete: bool = False) -> dict:
        """The record as of now."""
        parts = self._parts.summaries()
        for part in parts.values():
            self.recall(part["found"])
        trained = [part["trained"] for part in parts.values()]
        if trained:
            last = max(trained, key=lambda environment: environment["when"])
            trained = last | {"seconds": round(math.fsum(each["seconds"] for each in trained), 1)}
        seconds = time.monotonic() - self._began - self._training
        return {
            "schema": records.SCHEMA,
            "name": self.name,
            "preset": self.preset,
            "variant": self.variant,
            "id": self.id,
            "seed": self.seed,
            "config": json.loads(configuration.to_json(self.config)),
            "overrides": configuration.overrides(self.config, self.preset, self.variant),
            "status": "complete" if complete else self._status,
            "notes": self.notes,
            "trained": trained or None,
            "evaluated": self._environment(seconds) if complete else None,
            "parts": {name: {key: part[key] for key in Parts.RECORDED} for name, part in parts.items()},
            "data": self.data,
            "left_out": self.absent,
            "metrics": self.scores.metrics,
            "baselines": self.scores.baselines,
        }

    def _write_record(self, record: dict) -> None:
        with disk_errors(self.folder):
            records.write_record(self.folder, record)

    def _write_events(self, record: dict) -> None:
        """Configuration, metrics, figures, notes and published values, in place of earlier ones."""
        for path in event_files(self.folder):
            path.unlink()
        with EventWriter(self.folder) as events:
            identity = {key: record[key] for key in ("preset", "variant", "seed")} | {"backend": self.backend}
            events.hparams(identity | record["config"], f"{self.name}/{self.id}")
            for id, score in record["metrics"].items():
                if score["value"] is not None:
                    events.scalar(id, score["value"], 0)
            for name, png in self.figures.items():
                events.image(name, png, 0)
            if self.notes:
                events.text("notes", "\n".join(f"* {note}" for note in self.notes), 0)
            events.session_end(True)
        source = fingerprint.ROOT / "reproductions" / self.name / FILE
        if source.is_file():
            write_events(self.folder, read_published(source))


def _refuse_test_cases(*splits: Batches | None) -> None:
    for split in splits:
        for data_set, case, role in split.uses if split else ():
            if role == "test":
                raise RunError(
                    f"case {case} of {data_set} is a test case: nothing is trained or chosen on it"
                )
