"""Write docs/xero/fields.md: python -m tests.fields.report."""

from tests.fields.page import PAGE, page_of


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page_of(), encoding="utf-8")


if __name__ == "__main__":
    main()
