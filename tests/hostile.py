"""A grammar of hostile programs: what one does, and where it does it.

`BEHAVIOURS` are bodies of a function, `CONTEXTS` are the places that it is called from. Any pair is
a program. `test_hostile.py` runs a sample, `benchmarks/hostile.py` all that it is asked for.
"""

from __future__ import annotations

import random
import textwrap
from dataclasses import dataclass

BEHAVIOURS = {
    # --- leaves
    "exit": "sys.exit(3)",
    "exit_with_escape": r"sys.exit('\x1b[2J\x1b]0;owned\x07left')",
    "exit_at_once": "os._exit(0)",
    "exit_as_worker": "os._exit(70)",
    "interrupted": "raise KeyboardInterrupt('no')",
    "generator_exit": "raise GeneratorExit",
    "abort": "os.abort()",
    # --- signals to itself
    "kill": "os.kill(os.getpid(), signal.SIGKILL)",
    "segfault": "ctypes.string_at(0)",
    "stop": "os.kill(os.getpid(), signal.SIGSTOP)",
    "terminate": "os.kill(os.getpid(), signal.SIGTERM)",
    "interrupt": "os.kill(os.getpid(), signal.SIGINT)",
    "ask_for_interim": "os.kill(os.getpid(), signal.SIGUSR1)",
    "real_time_signal": "os.kill(os.getpid(), signal.SIGRTMIN + 5)",
    "alarm": "signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01); time.sleep(1)",
    "signals_blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); spin()",
    "signals_ignored": """
        for number in set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        spin()""",
    "handlers_that_raise": """
        def handler(number, frame):
            raise SystemExit(7)
        for number in set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, handler)""",
    "kill_group": "os.killpg(0, signal.SIGTERM)",
    # --- signals to others
    "stop_parent": "os.kill(os.getppid(), signal.SIGSTOP); time.sleep(600)",
    "kill_parent": "os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)",
    "interrupt_parent": "os.kill(os.getppid(), signal.SIGINT); time.sleep(0.1)",
    "stop_grandparent": "os.kill(parent_of(os.getppid()), signal.SIGSTOP); time.sleep(600)",
    "kill_grandparent": "os.kill(parent_of(os.getppid()), signal.SIGKILL); time.sleep(600)",
    # --- waits and spins
    "sleep": "time.sleep(600)",
    "spin": "spin()",
    "spin_in_c": "sum(itertools.repeat(0))",
    "read_stdin": "sys.stdin.read(); input()",
    "read_pipe": "os.read(os.pipe()[0], 1)",
    "deadlock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    # --- processes
    "fork_and_leave": """
        if os.fork():
            os._exit(0)
        time.sleep(600)""",
    "fork_many": """
        for _ in range(30):
            if os.fork() == 0:
                time.sleep(600)
                os._exit(0)""",
    "fork_raises": """
        child = os.fork()
        if child == 0:
            raise ValueError("of the child")
        os.waitpid(child, 0)""",
    "fork_exits": """
        child = os.fork()
        if child == 0:
            sys.exit(4)
        os.waitpid(child, 0)""",
    "daemon": """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(600)
            os._exit(0)
        os.wait()""",
    "daemon_spins": """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                spin()
            os._exit(0)
        os.wait()""",
    "fork_chain": """
        for _ in range(100):
            if os.fork():
                os._exit(0)
        time.sleep(600)""",
    "children_ignored": """
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        for _ in range(20):
            if os.fork() == 0:
                os._exit(0)""",
    "subprocesses": """
        import subprocess
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        subprocess.run(["sh", "-c", "(sleep 600 &) ; kill -9 $$"])""",
    "process_pool": """
        import multiprocessing
        with multiprocessing.get_context("fork").Pool(2) as pool:
            pool.map(abs, range(4))""",
    # --- threads
    "thread_stays": "threading.Thread(target=time.sleep, args=(600,)).start()",
    "thread_spins": "threading.Thread(target=spin, daemon=True).start()",
    "thread_raises": """
        def fail():
            raise ValueError("of the thread")
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()""",
    "threads": """
        for _ in range(200):
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()""",
    "thread_interrupts": """
        import _thread
        threading.Thread(target=_thread.interrupt_main).start()
        time.sleep(0.2)""",
    # --- what it replaces
    "no_open": "builtins.open = None",
    "no_print": "builtins.print = None",
    "no_len": "builtins.len = None",
    "no_isinstance": "builtins.isinstance = None",
    "no_str": "builtins.str = refuse",
    "no_import": "builtins.__import__ = refuse",
    "no_json": "json.dumps = json.loads = json.JSONEncoder.encode = refuse",
    "no_os": "os.write = os.getpid = os.getppid = os.close = os.read = os.fstat = refuse",
    "no_time": "time.time = time.monotonic = time.perf_counter = time.sleep = lambda *_: 9e99",
    "no_traceback": "traceback.print_exc = traceback.print_exception = refuse",
    "no_modules": "sys.modules.clear()",
    "broken_modules": "sys.modules.update(dict.fromkeys(list(sys.modules)))",
    "no_path": "sys.path.clear(); sys.meta_path.clear(); sys.path_hooks.clear()",
    "no_builtins": "vars(builtins).clear()",
    "no_main": "del sys.modules['__main__']",
    "no_streams": "sys.stdout = sys.stderr = None",
    "broken_streams": "sys.stdout = sys.stderr = Refuses()",
    "no_fork_guard": "posixpath.join = os.path.join = refuse",
    "forged_writer": """
        import gc
        for one in gc.get_objects():
            if type(one).__name__ == "ResultWriter":
                one.write_outcome("[" * 9_000)
                one.write_step(-5)
                one.write_interim("{}")""",
    "no_writer": """
        import gc
        for one in gc.get_objects():
            if type(one).__name__ == "ResultWriter":
                one._memory.close()""",
    # --- descriptors
    "closed": "os.closerange(0, 256)",
    "closed_streams": "os.close(1); os.close(2)",
    "exhausted": """
        try:
            while True:
                os.open("/dev/null", os.O_RDONLY)
        except OSError:
            pass""",
    "written_everywhere": """
        for number in range(3, 64):
            try:
                os.write(number, b"\\x1b]0;owned\\x07{}\\n")
            except OSError:
                pass""",
    "cut_files": """
        for number in range(3, 64):
            try:
                os.ftruncate(number, 0)
            except OSError:
                pass""",
    # --- depth and size
    "recursion": "recurse()",
    "deep_recursion": "sys.setrecursionlimit(10**9); recurse()",
    "deep_list": """
        deep = []
        for _ in range(100_000):
            deep = [deep]
        repr(deep)""",
    "memory": "bytearray(2**42)",
    "memory_in_pieces": """
        pieces = []
        while True:
            pieces.append(bytearray(50_000_000))""",
    "huge_number": "str(10**5_000)",
    "huge_message": "raise ValueError('m' * 30_000_000)",
    "many_lines": "raise ValueError('line\\n' * 200_000)",
    "many_notes": """
        error = ValueError("noted")
        for number in range(20_000):
            error.add_note(f"note {number}")
        raise error""",
    "many_links": """
        error = None
        for number in range(3_000):
            newer = ValueError(number)
            newer.__cause__ = error
            error = newer
        raise error""",
    "deep_group": """
        error = ValueError("inner")
        for _ in range(900):
            error = ExceptionGroup("group", [error])
        raise error""",
    "own_cause": """
        error = ValueError("own")
        error.__context__ = other = ValueError("other")
        other.__context__ = error
        raise error""",
    # --- files
    "disk": """
        for number in range(30):
            with open(f"large-{number}", "wb") as file:
                file.write(bytes(1_000_000))""",
    "sparse": "open('sparse', 'wb').truncate(2**30)",
    "many_files": """
        for number in range(2_000):
            open(f"file-{number}", "w").close()""",
    "deep_folders": """
        for _ in range(1_200):
            os.mkdir("d")
            os.chdir("d")""",
    "odd_names": r"""
        open("\x1b[2J\n\u202e.txt", "w").close()
        open(b"\xff\xfe", "w").close()""",
    "pipes": "os.mkfifo('pipe'); os.mkfifo('../pipe')",
    "pipe_for_program": "os.remove(__file__); os.mkfifo(__file__)",
    "device_for_program": "os.remove(__file__); os.symlink('/dev/zero', __file__)",
    "loops_of_links": "os.symlink('.', 'loop'); os.symlink('gone', 'gone')",
    "no_rights": "os.mkdir('closed'); os.chmod('closed', 0); os.chmod('.', 0)",
    "own_folder_gone": "shutil.rmtree(os.getcwd())",
    "parent_folder_gone": "shutil.rmtree(os.path.dirname(os.getcwd()), ignore_errors=True)",
    "old_files": """
        for path, _, names in os.walk(".."):
            for name in names:
                os.utime(os.path.join(path, name), (9e9, 9e9))""",
    # --- output
    "flood": "print('x' * 20_000_000)",
    "flood_of_lines": "print('line\\n' * 1_000_000)",
    "escapes": r"print('\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\x00\x08'); os.write(2, b'\x1bc')",
    "bytes": "os.write(1, bytes(range(256)) * 100); os.write(2, bytes(range(256)))",
    "surrogates": r"print('\ud800'.encode('utf-8', 'surrogatepass')); print('\udcff')",
    # --- what it raises
    "escape_in_message": r"raise ValueError('\x1b[2J\x1b]8;;x\x07\u202e\u2028\x9b\x00')",
    "escape_in_class": r"raise type('\x1b[31mE\u202e', (Exception,), {})('named')",
    "text_raises": "raise Refuses()",
    "text_exits": """
        class E(Exception):
            def __str__(self):
                raise SystemExit(9)
            __repr__ = __str__
        raise E""",
    "attributes_refuse": """
        class E(Exception):
            def __getattribute__(self, name):
                raise KeyboardInterrupt("no")
        raise E("refused")""",
    "source_is_a_pipe": "os.mkfifo('source'); exec(compile('1/0', 'source', 'exec'))",
    "source_without_end": "exec(compile('1/0', '/dev/zero', 'exec'))",
    "traced": "ctypes.CDLL(None).ptrace(0, 0, 0, 0); os.kill(os.getpid(), signal.SIGCHLD)",
    "text_without_end": """
        class E(Exception):
            def __str__(self):
                spin()
        raise E""",
    "text_kills": """
        class E(Exception):
            def __str__(self):
                os.kill(os.getpid(), signal.SIGKILL)
        raise E""",
    "metaclass": """
        class Meta(type):
            @property
            def __module__(cls):
                raise SystemExit
            def __getattribute__(cls, name):
                raise SystemExit
            def __instancecheck__(cls, instance):
                raise SystemExit
        class E(Exception, metaclass=Meta):
            pass
        raise E("meta")""",
    "lies_about_class": """
        class E(Exception):
            __class__ = property(lambda self: int)
            __dict__ = property(lambda self: {}[0])
            __traceback__ = property(lambda self: 5)
        raise E("lies")""",
    "odd_arguments": "raise SyntaxError('x', (object(), 10**30, -5, object()))",
    "notes_refuse": """
        error = ValueError("notes")
        error.__notes__ = Refuses()
        raise error""",
    "frames_in_message": """
        line = '  File "/etc/passwd", line 9999999999999999999999, in <module>\\n'
        raise ValueError(line * 5_000)""",
    "locals_refuse": """
        refuses, deep = Refuses(), [Refuses()] * 50
        raise ValueError("locals")""",
    "warnings": """
        for number in range(5_000):
            warnings.warn(f"warning {number}")
        warnings.warn("\\x1b[2J\\u202e" * 10_000)
        warnings.warn("")
        warnings.warn(Refuses())""",
    "logging": "logging.getLogger('torch').warning('%s %d', Refuses(), 'no number')",
    # --- hooks
    "trace": "sys.settrace(refuse); threading.settrace(refuse); os.getpid()",
    "profile": "sys.setprofile(lambda *_: 1 / 0)",
    "trace_without_end": "sys.settrace(lambda *_: spin()); recurse()",
    "except_hook": "sys.excepthook = sys.__excepthook__ = refuse; raise ValueError('hooked')",
    "unraisable_hook": "sys.unraisablehook = refuse; threading.excepthook = refuse",
    "display_hook": "sys.displayhook = sys.breakpointhook = refuse; breakpoint()",
    "faulthandler_off": "faulthandler.disable(); faulthandler.unregister(signal.SIGUSR1); spin()",
    "faulthandler_exit": "faulthandler.dump_traceback_later(0.05, exit=True); time.sleep(5)",
    "audit_hook": "sys.addaudithook(refuse_audit)",
    "at_exit_raises": "atexit.register(refuse); atexit.register(lambda: 1 / 0)",
    "at_exit_waits": "atexit.register(time.sleep, 600)",
    "garbage_hook": "gc.callbacks.append(refuse); gc.collect()",
    "deleted_raises": """
        class Deleted:
            def __del__(self):
                raise SystemExit("deleted")
        Deleted()""",
    "deleted_at_exit": """
        class Deleted:
            def __del__(self):
                spin()
        builtins.kept = [Deleted()]""",
    # --- limits and time
    "no_file_size": "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))",
    "no_descriptors": "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))",
    "no_memory": "resource.setrlimit(resource.RLIMIT_AS, (2**26, 2**26))",
    "no_processor": "resource.setrlimit(resource.RLIMIT_CPU, (1, 1)); spin()",
    "no_stack": "resource.setrlimit(resource.RLIMIT_STACK, (2**16, 2**16)); recurse()",
    "least_priority": "os.nice(19)",
    "time_goes_back": "time.time = lambda: 0.0; os.utime(__file__, (0, 0))",
    "switches_fast": "sys.setswitchinterval(1e-9); threading.Thread(target=recurse).start()",
    "environment_gone": "os.environ.clear(); os.environ['TMPDIR'] = '/nowhere'",
    "locale": "import locale; locale.setlocale(locale.LC_ALL, 'C')",
    "masked": "os.umask(0o777); open('masked', 'w').close()",
    # --- what it returns (or makes, elsewhere)
    "result_is_none": "return None",
    "result_not_finite": "return {'accuracy': float('nan'), 'loss': -float('inf'), 'x': 10**400}",
    "result_names": r"return {'\x1b[2J\u202e': 1.0, '\ud800': 2.0, 'm' * 300_000: 3.0, 5: 1.0}",
    "result_large": "return {f'metric {number}': number for number in range(200_000)}",
    "result_refuses": "return {'accuracy': Refuses(), 'loss': 1.0}",
    "result_without_end": """
        class Endless(dict):
            def items(self):
                return iter(lambda: ("a", 1.0), None)
        return Endless(accuracy=1.0)""",
    "result_exits": """
        class Number:
            def __float__(self):
                raise SystemExit(5)
        return {'accuracy': Number()}""",
}
"""What a program does, as the body of `behave`."""

NOT_OF_SCRIPTS = frozenset(
    {
        *("stop_parent", "kill_parent", "interrupt_parent", "stop_grandparent", "kill_grandparent"),
        *(
            "kill_group",
            "parent_folder_gone",
            "pipe_for_program",
            "device_for_program",
            "no_rights",
        ),
        *(
            "pipes",
            "old_files",
            "fork_and_leave",
            "fork_chain",
            "fork_many",
            "daemon",
            "subprocesses",
        ),
        "daemon_spins",
        "memory_in_pieces",
        "source_is_a_pipe",
        "source_without_end",
    }
)
"""What a script may do to the processes and folders of its user: `explain` and `trace` run it as
plain Python does, where it lies, and leave behind what it leaves. One eats all memory."""

CONTEXTS = {
    "at_import": ("RESULT = behave()", "return RESULT"),
    "in_main": ("", "return behave()"),
    "in_a_step": (
        """
        class Optimizer:
            def step(self):
                return behave()
        """,
        """
        for step in range(3):
            result = Optimizer().step() if step == 1 else None
        return {"accuracy": 1.0}""",
    ),
    "in_forward": (
        """
        class Model:
            def __call__(self, inputs):
                return self.forward(inputs)
            def forward(self, inputs):
                hidden = inputs
                return behave()
        """,
        "return Model()([1, 2])",
    ),
    "in_del": (
        """
        class Layer:
            def __del__(self):
                behave()
        """,
        """
        layer = Layer()
        del layer
        return {"accuracy": 1.0}""",
    ),
    "in_a_thread": (
        "",
        """
        thread = threading.Thread(target=behave)
        thread.start()
        thread.join()
        return {"accuracy": 1.0}""",
    ),
    "in_a_child": (
        "",
        """
        child = os.fork()
        if child == 0:
            behave()
            os._exit(0)
        os.waitpid(child, 0)
        return {"accuracy": 1.0}""",
    ),
    "at_exit": ("atexit.register(behave)", 'return {"accuracy": 1.0}'),
    "in_a_handler": (
        "",
        """
        try:
            {}["missing"]
        except KeyError:
            return behave()""",
    ),
    "in_finally": (
        "",
        """
        try:
            {}["missing"]
        finally:
            behave()""",
    ),
    "in_the_message": (
        """
        class Failure(Exception):
            def __str__(self):
                behave()
                return "message"
        """,
        "raise Failure",
    ),
    "in_the_result": (
        """
        class Number:
            def __float__(self):
                behave()
                return 1.0
        """,
        'return {"accuracy": Number()}',
    ),
    "in_a_signal_handler": (
        "",
        """
        signal.signal(signal.SIGUSR2, lambda *_: behave())
        os.kill(os.getpid(), signal.SIGUSR2)
        return {"accuracy": 1.0}""",
    ),
}
"""Where it does it: what stands before `main`, and the body of `main`."""

_HEAD = """
import atexit, builtins, ctypes, faulthandler, gc, itertools, json, logging, os, posixpath, resource
import shutil, signal, sys, threading, time, traceback, warnings


def spin():
    while True:
        pass


def recurse():
    recurse()


def refuse(*arguments, **keywords):
    raise SystemExit("refused")


def refuse_audit(event, arguments):
    if event in {"open", "compile", "exec", "import", "os.chdir", "sys._getframe"}:
        raise OSError("refused")


class Refuses(Exception):
    def refuse(self, *arguments, **keywords):
        raise KeyboardInterrupt("refused")

    __str__ = __repr__ = __len__ = __iter__ = __bool__ = __float__ = __eq__ = refuse
    __hash__ = write = flush = fileno = isatty = __getattr__ = refuse


def parent_of(process):
    with open(f"/proc/{process}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


"""

INNOCENT = 'def main(seed=0, size="tiny"):\n    print("fine")\n    return {"accuracy": 1.0}\n'


@dataclass(frozen=True)
class HostileProgram:
    """A behaviour in a context."""

    behaviour: str
    context: str

    @property
    def name(self) -> str:
        """A name for its file."""
        return f"{self.behaviour}_{self.context}"

    @property
    def is_a_script(self) -> bool:
        """Whether it may be run where it lies, as a script of one's own."""
        return self.behaviour not in NOT_OF_SCRIPTS

    @property
    def source(self) -> str:
        """The program, without an import of a framework."""
        before, main = CONTEXTS[self.context]
        return (
            _HEAD
            + f"def behave():\n{_block(BEHAVIOURS[self.behaviour])}\n\n"
            + f"{textwrap.dedent(before).strip()}\n\n\n"
            + f'def main(seed=0, size="tiny"):\n{_block(main)}\n\n\n'
            + 'if __name__ == "__main__":\n    main()\n'
        )


def _block(text: str) -> str:
    return textwrap.indent(textwrap.dedent(text).strip(), "    ")


def all_programs() -> list[HostileProgram]:
    """Every behaviour in every context."""
    return [HostileProgram(behaviour, context) for behaviour in BEHAVIOURS for context in CONTEXTS]


def sample(count: int, seed: int) -> list[HostileProgram]:
    """So many programs by chance: every behaviour once before any of them twice."""
    chance = random.Random(seed)
    by_behaviour = {name: chance.sample([*CONTEXTS], len(CONTEXTS)) for name in BEHAVIOURS}
    names = [*BEHAVIOURS]
    chance.shuffle(names)
    rounds = ((name, by_behaviour[name][turn]) for turn in range(len(CONTEXTS)) for name in names)
    return [HostileProgram(*pair) for pair, _ in zip(rounds, range(count), strict=False)]
