from qadam.ui.tests.pages import enter, plain_static, set_clock

__all__ = ["enter", "plain_static", "set_clock"]
