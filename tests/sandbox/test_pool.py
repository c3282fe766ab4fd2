from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_tasks import Doubled, Job

from unrig.model.problem import Problem, ProblemKind
from unrig.sandbox import pool as pool_module
from unrig.sandbox.call import MAX_DESCRIPTORS, Call, Item, Limits
from unrig.sandbox.fork_server import ServerError
from unrig.sandbox.layers import Layer
from unrig.sandbox.pool import Pool

PERFORM = Call(function="sandbox_tasks:perform", argument=Job, result=Doubled)
SMALL = Limits(memory_bytes=64 << 20, cpu_seconds=1, file_bytes=1 << 16, result_bytes=1 << 16)


def items(*wanted: str) -> list[Item[Job]]:
    return [Item(argument=Job(do=do, number=index)) for index, do in enumerate(wanted)]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        # A busy machine must not look like a worker that hangs; the tests that want that set it lower.
        patch.setattr(pool_module, "_WALL_PER_CPU", 600)
        with Pool(("sandbox_tasks",), limits=SMALL, jobs=2) as opened:
            list(opened.map(PERFORM, items("double")))
            yield opened


def one(pool: Pool, do: str, number: int = 0, descriptors: tuple[int, ...] = ()) -> Doubled | Problem:
    """Have the thing done between two honest items, which it must not harm."""
    middle = Item(argument=Job(do=do, number=number), descriptors=descriptors, where="app/evil.dll")
    honest = Item(argument=Job(number=21))
    answers = dict(pool.map(PERFORM, [honest, middle, honest]))
    assert answers[0] == answers[2] == Doubled(number=42)
    assert len(answers) == 3
    return answers[1]


def problem(pool: Pool, do: str, number: int = 0, descriptors: tuple[int, ...] = ()) -> Problem:
    answer = one(pool, do, number, descriptors)
    assert isinstance(answer, Problem), answer
    assert answer.where.startswith("app/evil.dll")
    assert "sandbox_tasks:perform" in answer.effect
    return answer


def living_in_session(session: int) -> set[int]:
    """Processes, zombies too, of the session that a fork server has opened."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except OSError:
            continue
        if fields and int(fields[3]) == session:
            found.add(int(entry.name))
    return found


class TestResults:
    def test_every_index_comes_exactly_once(self, pool: Pool) -> None:
        answers = list(pool.map(PERFORM, items(*["double"] * 50)))
        assert sorted(answers) == [(index, Doubled(number=2 * index)) for index in range(50)]

    @pytest.mark.parametrize("batch", [1, 3, 16, 1000])
    def test_any_batch_gives_the_same(self, pool: Pool, batch: int) -> None:
        mixed = items("double", "lie", "die", "double", "be_wrong", "double", "overdo")
        assert dict(pool.map(PERFORM, mixed, batch=batch)) == dict(pool.map(PERFORM, mixed))

    def test_one_worker_and_two_give_the_same(self, pool: Pool) -> None:
        mixed = items("double", "lie", "die", "double", "swell", "stumble", "leave", "double") * 3
        with Pool(("sandbox_tasks",), limits=SMALL, jobs=1) as lonely:
            assert dict(lonely.map(PERFORM, mixed, batch=4)) == dict(pool.map(PERFORM, mixed, batch=4))

    def test_no_items_start_nothing(self) -> None:
        with Pool(("sandbox_tasks",)) as idle:
            assert list(idle.map(PERFORM, [])) == []
            assert idle._server is None

    def test_a_batch_has_a_process_of_its_own(self, pool: Pool) -> None:
        answers = dict(pool.map(PERFORM, items(*["process_id"] * 8), batch=4))
        first, second = ({answers[index].number for index in half} for half in (range(4), range(4, 8)))
        assert len(first) == len(second) == 1
        assert first != second
        assert os.getpid() not in first | second

    def test_maps_may_be_read_in_turns(self, pool: Pool) -> None:
        outer = pool.map(PERFORM, items(*["double"] * 40), batch=2)
        seen = {}
        for index, answer in outer:
            seen[index] = answer
            inner = [Item(argument=Job(number=100 + index))]
            assert dict(pool.map(PERFORM, inner)) == {0: Doubled(number=2 * (100 + index))}
        assert seen == {index: Doubled(number=2 * index) for index in range(40)}

    def test_a_map_left_early_stops_its_workers(self, pool: Pool) -> None:
        early = pool.map(PERFORM, items("double", *["sleep"] * 5), batch=1)
        assert next(early) == (0, Doubled(number=0))
        early.close()
        assert not pool._minders
        assert not pool._runs
        assert one(pool, "double", 3) == Doubled(number=6)

    def test_layers_are_named_after_the_first_answer(self, pool: Pool) -> None:
        named = {*pool.layers.in_force, *(entry.layer for entry in pool.layers.missing)}
        assert named == set(Layer)
        assert all(entry.reason for entry in pool.layers.missing)

    def test_codecs_that_python_loads_late_are_there(self, pool: Pool) -> None:
        assert one(pool, "decode_codepages") == Doubled(number=10, text="a" * 10)

    def test_secrets_of_the_environment_stay_outside(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("UNRIG_TEST_SECRET", "a token")
        with Pool(("sandbox_tasks",), jobs=1) as fresh:
            answer = one(fresh, "environment")
        assert isinstance(answer, Doubled)
        assert "PYTHONPATH" in answer.text
        assert "SECRET" not in answer.text


class TestExceptions:
    def test_a_format_error_keeps_its_words(self, pool: Pool) -> None:
        found = problem(pool, "lie")
        assert (found.kind, found.where) == (ProblemKind.FORMAT, "app/evil.dll, offset 0x3c")
        assert (found.expected, found.observed) == ("a PE header", "nothing")

    def test_a_limit_error_keeps_its_words(self, pool: Pool) -> None:
        found = problem(pool, "overdo")
        assert (found.kind, found.where) == (ProblemKind.LIMIT, "app/evil.dll, member 7")
        assert (found.expected, found.observed) == ("10 members", "11")

    @pytest.mark.parametrize(
        ("do", "words"),
        [
            ("stumble", "KeyError: 'missing'"),
            ("dig", "RecursionError"),
            ("open_late", "PermissionError"),
            ("be_unspeakable", "TypeError"),
        ],
    )
    def test_any_other_exception_is_a_defect_with_its_traceback(self, pool: Pool, do: str, words: str) -> None:
        found = problem(pool, do)
        assert found.kind == ProblemKind.DEFECT
        assert words in found.observed
        assert "sandbox_tasks.py" in found.traceback or do == "be_unspeakable"
        assert "Traceback" in found.traceback

    def test_the_worker_s_words_are_clipped(self, pool: Pool) -> None:
        found = problem(pool, "rant")
        assert found.kind == ProblemKind.FORMAT
        assert len(found.observed) < 3_000


class TestDeath:
    @pytest.mark.parametrize(
        ("do", "words"),
        [
            ("die", "SIGKILL"),
            ("crash", "SIGSEGV"),
            ("abort", "SIGABRT"),
            ("leave", "exit code 3"),
            ("give_up", "exit code"),
        ],
    )
    def test_a_dead_worker_costs_one_item(self, pool: Pool, do: str, words: str) -> None:
        found = problem(pool, do)
        assert found.kind == ProblemKind.WORKER_DIED
        assert words in found.observed

    def test_two_hostile_items_of_a_batch_cost_two(self, pool: Pool) -> None:
        answers = dict(pool.map(PERFORM, items(*["double"] * 3, "die", *["double"] * 8, "crash", *["double"] * 3)))
        died = {index for index, answer in answers.items() if isinstance(answer, Problem)}
        assert died == {3, 12}
        assert len(answers) == 16

    def test_memory_has_an_end(self, pool: Pool) -> None:
        found = problem(pool, "swell")
        assert found.kind == ProblemKind.LIMIT
        assert str(SMALL.memory_bytes) in found.expected

    def test_cpu_time_has_an_end(self, pool: Pool) -> None:
        found = problem(pool, "spin")
        assert found.kind == ProblemKind.WORKER_DIED
        assert "CPU" in found.observed

    def test_cpu_time_is_counted_per_item(self, pool: Pool) -> None:
        busy = [Item(argument=Job(do="burn", number=700)) for _ in range(3)]
        assert {answer for _index, answer in pool.map(PERFORM, busy)} == {Doubled(number=700)}

    @pytest.mark.parametrize("do", ["sleep", "announce_much", "babble", "nest"])
    def test_a_worker_that_hangs_is_ended(self, pool: Pool, do: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pool, "_wall", 0.5)
        found = problem(pool, do)
        assert found.kind == ProblemKind.WORKER_DIED
        assert ("no answer within 0.5 s" in found.observed) == (do == "sleep")

    def test_a_worker_that_hangs_up_is_ended(self, pool: Pool) -> None:
        assert problem(pool, "hang_up").kind == ProblemKind.WORKER_DIED

    def test_the_server_s_own_death_costs_nothing(self) -> None:
        with Pool(("sandbox_tasks",), jobs=2) as doomed:
            answers = doomed.map(PERFORM, items(*["double"] * 60), batch=2)
            seen = dict([next(answers)])
            os.kill(doomed._server.process, signal.SIGKILL)
            seen.update(answers)
        assert seen == {index: Doubled(number=2 * index) for index in range(60)}

    def test_a_server_that_dies_on_and_on_is_given_up(self) -> None:
        with Pool(("sandbox_tasks",), jobs=1) as doomed:
            answers = doomed.map(PERFORM, items(*["double"] * 60), batch=1)
            with pytest.raises(ServerError, match="by itself"):
                all(os.kill(doomed._server.process, signal.SIGKILL) is None for _answer in answers)


class TestLies:
    def test_a_result_over_the_limit_is_named(self, pool: Pool) -> None:
        found = problem(pool, "be_long", SMALL.result_bytes + 1)
        assert found.kind == ProblemKind.LIMIT
        assert str(SMALL.result_bytes) in found.expected
        assert isinstance(one(pool, "be_long", SMALL.result_bytes - 100), Doubled)

    def test_a_large_result_within_the_limit_arrives_whole(self) -> None:
        with Pool(("sandbox_tasks",), jobs=1) as roomy:
            answer = one(roomy, "be_long", 20_000_000)
        assert isinstance(answer, Doubled)
        assert len(answer.text) == 20_000_000

    def test_a_result_of_another_type_is_refused(self, pool: Pool) -> None:
        found = problem(pool, "be_wrong")
        assert found.kind == ProblemKind.WORKER_DIED
        assert "no Doubled" in found.observed

    def test_nobody_answers_for_another_item(self, pool: Pool) -> None:
        found = problem(pool, "answer_for_another", 2)
        assert "nobody asked for" in found.observed

    def test_a_second_answer_harms_no_other_item(self, pool: Pool) -> None:
        honest = Item(argument=Job(number=21))
        liar = Item(argument=Job(do="answer_twice", number=1))
        answers = dict(pool.map(PERFORM, [honest, liar, honest]))
        assert answers == {0: Doubled(number=42), 1: Doubled(number=-1), 2: Doubled(number=42)}


class TestDescriptors:
    def test_files_arrive_in_order_and_stay_the_parent_s(self, pool: Pool, tmp_path: Path) -> None:
        opened = []
        for name in ("first", "second", "third"):
            (tmp_path / name).write_text(name)
            opened.append(os.open(tmp_path / name, os.O_RDONLY | os.O_NOFOLLOW))
        assert one(pool, "read_all", 0, tuple(opened)) == Doubled(number=3, text="first|second|third")
        for descriptor in opened:
            os.close(descriptor)  # raises if the pool had closed it

    def test_the_function_may_close_its_file(self, pool: Pool, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("once")
        for _ in range(2):
            with (tmp_path / "file").open() as file:
                assert one(pool, "read_and_close", 5, (file.fileno(),)) == Doubled(number=5, text="once")

    def test_no_descriptor_outlives_its_item(self, pool: Pool) -> None:
        with tempfile.TemporaryFile() as file:
            passed = Item(argument=Job(), descriptors=(file.fileno(),) * 20)
            count = Item(argument=Job(do="open_descriptors"))
            answers = dict(pool.map(PERFORM, [passed, passed, count]))
        assert answers[2] == Doubled(number=4)  # the standard streams and the channel

    def test_a_written_file_has_an_end(self, pool: Pool) -> None:
        with tempfile.TemporaryFile() as file:
            assert one(pool, "write_much", SMALL.file_bytes, (file.fileno(),)) == Doubled(number=SMALL.file_bytes)
            found = problem(pool, "write_much", SMALL.file_bytes + 1, (file.fileno(),))
            assert found.kind == ProblemKind.LIMIT
            assert os.fstat(file.fileno()).st_size == SMALL.file_bytes

    def test_as_many_as_one_message_takes(self, pool: Pool) -> None:
        with tempfile.TemporaryFile() as file:
            assert one(pool, "read_all", 0, (file.fileno(),) * MAX_DESCRIPTORS) == Doubled(
                number=MAX_DESCRIPTORS, text="|" * (MAX_DESCRIPTORS - 1)
            )
            too_many = Item(argument=Job(), descriptors=(file.fileno(),) * (MAX_DESCRIPTORS + 1))
            with pytest.raises(ValueError, match="descriptors in one item"):
                list(pool.map(PERFORM, [too_many]))
        assert one(pool, "double", 3) == Doubled(number=6)


class TestMisuse:
    def test_only_preloaded_modules_are_called(self, pool: Pool) -> None:
        with pytest.raises(ValueError, match="preload list"):
            pool.map(Call(function="os:system", argument=Job, result=Doubled), [])

    def test_a_batch_holds_something(self, pool: Pool) -> None:
        with pytest.raises(ValueError, match="batch of 0"):
            pool.map(PERFORM, [], batch=0)

    @pytest.mark.parametrize("function", ["sandbox_tasks:missing", "sandbox_tasks:forge"])
    def test_a_function_that_is_none_or_no_task_is_named(self, pool: Pool, function: str) -> None:
        call = Call(function=function, argument=Job, result=Doubled)
        with pytest.raises(ServerError, match=function.partition(":")[2]):
            list(pool.map(call, items("double")))
        assert one(pool, "double", 3) == Doubled(number=6)

    def test_an_argument_of_another_type_is_refused(self, pool: Pool) -> None:
        with pytest.raises(TypeError, match="takes Job, not Doubled"):
            list(pool.map(PERFORM, [Item(argument=Doubled(number=1))]))

    def test_a_module_that_cannot_be_loaded_is_named(self) -> None:
        with (
            Pool(("sandbox_tasks", "unrig_has_no_such_module")) as broken,
            pytest.raises(ServerError, match="no_such_module"),
        ):
            list(broken.map(PERFORM, items("double")))

    def test_a_module_that_ends_the_server_is_reported(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "sandbox_suicide.py").write_text("import os\nos.abort()\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
        with Pool(("sandbox_tasks", "sandbox_suicide")) as broken, pytest.raises(ServerError, match="SIGABRT"):
            list(broken.map(PERFORM, items("double")))

    def test_nothing_is_loaded_from_the_current_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "sandbox_planted.py").write_text("")
        monkeypatch.chdir(tmp_path)
        with Pool(("sandbox_tasks", "sandbox_planted")) as wary, pytest.raises(ServerError, match="sandbox_planted"):
            list(wary.map(PERFORM, items("double")))

    def test_a_server_started_ahead_is_the_one_that_serves(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        with Pool(("sandbox_tasks",), jobs=1) as early:
            early.start()
            server = early._server.process
            early.start()
            assert dict(early.map(PERFORM, items("double", "double"))) == {0: Doubled(number=0), 1: Doubled(number=2)}
            assert early._server.process == server

    def test_a_server_that_nobody_needed_is_gone_at_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "sandbox_endless.py").write_text("import time\ntime.sleep(3600)\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
        with Pool(("sandbox_endless",)) as unneeded:
            unneeded.start()
            session = unneeded._server.process
        assert living_in_session(session) == set()

    def test_a_server_started_ahead_that_cannot_load_is_told_when_it_is_needed(self) -> None:
        with Pool(("sandbox_of_nowhere",)) as hopeless:
            hopeless.start()
            call = Call(function="sandbox_of_nowhere:f", argument=Job, result=Doubled)
            with pytest.raises(ServerError, match="sandbox_of_nowhere"):
                list(hopeless.map(call, items("double")))

    def test_a_closed_pool_stays_closed(self) -> None:
        with Pool(("sandbox_tasks",), jobs=1) as closed:
            answers = closed.map(PERFORM, items(*["double"] * 4), batch=1)
            next(answers)
        closed.close()
        with pytest.raises(ServerError, match="closed"):
            list(answers)


class TestLeavingNothing:
    def test_the_server_and_its_workers_are_gone_after_the_block(self) -> None:
        with Pool(("sandbox_tasks",), jobs=2) as pool:
            answers = pool.map(PERFORM, items("double", "sleep", "sleep"), batch=1)
            next(answers)
            session = pool._server.process
            assert len(living_in_session(session)) >= 2
        assert living_in_session(session) == set()

    def test_an_exception_in_the_block_changes_nothing(self) -> None:
        sessions = []

        def stumble() -> None:
            with Pool(("sandbox_tasks",), jobs=2) as pool:
                for _index, _answer in pool.map(PERFORM, items("double", "sleep", "sleep"), batch=1):
                    sessions.append(pool._server.process)
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            stumble()
        assert len(sessions) == 1
        assert living_in_session(sessions[0]) == set()

    def test_finished_workers_do_not_linger(self, pool: Pool) -> None:
        list(pool.map(PERFORM, items(*["double"] * 20), batch=1))
        assert not pool._minders

    def test_the_wall_clock_follows_the_cpu_limit(self) -> None:
        assert Pool((), limits=Limits(cpu_seconds=7))._wall == 7 * pool_module._WALL_PER_CPU
        assert pool_module.usable_processors() >= 1
