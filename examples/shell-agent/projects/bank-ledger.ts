import type { Project } from "./project.ts";
import { pyTests } from "./test-files.ts";

export const bankLedger: Project = {
  name: "bank-ledger",
  language: "py",
  word: "withdraw",
  loud: false,
  issue:
    "An account with 100 can withdraw 100 although there is a fee of 2: the balance ends at -2. The fee has to be covered as well; withdraw() must raise Overdrawn then.",
  files: {
    "README.md": "# bank-ledger\n\nAccounts with a fee for each withdrawal.\n",
    "bank_ledger/errors.py": `class Overdrawn(Exception):
    """There is not enough on the account."""
`,
    "bank_ledger/account.py": `from bank_ledger.errors import Overdrawn


class Account:
    def __init__(self, balance=0, fee=2):
        self.balance = balance
        self.fee = fee
        self.entries = []

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("amounts are above zero")
        self.balance += amount
        self.entries.append(("deposit", amount))

    def withdraw(self, amount):
        if amount <= 0:
            raise ValueError("amounts are above zero")
        if amount + self.fee > self.balance:
            raise Overdrawn(amount)
        self.balance -= amount + self.fee
        self.entries.append(("withdraw", amount))
`,
    "bank_ledger/transfer.py": `from bank_ledger.errors import Overdrawn


def transfer(source, target, amount):
    """Moves an amount; false when the source does not have it."""
    try:
        source.withdraw(amount)
    except Overdrawn:
        return False
    target.deposit(amount)
    return True
`,
    "bank_ledger/statement.py": `def statement(account):
    """Entries as lines, the newest first."""
    return [f"{kind} {amount}" for kind, amount in reversed(account.entries)]
`,
    "test/test_account.py": pyTests(
      ["from bank_ledger.account import Account", "from bank_ledger.errors import Overdrawn"],
      [
        ["deposit", "account = Account()\naccount.deposit(5)\nself.assertEqual(account.balance, 5)"],
        ["withdraw", "account = Account(100)\naccount.withdraw(10)\nself.assertEqual(account.balance, 88)"],
        ["far too much", "with self.assertRaises(Overdrawn):\n    Account(10).withdraw(50)"],
      ],
    ),
  },
  hidden: {
    "check/test_ledger.py": pyTests(
      [
        "from bank_ledger.account import Account",
        "from bank_ledger.errors import Overdrawn",
        "from bank_ledger.statement import statement",
        "from bank_ledger.transfer import transfer",
      ],
      [
        ["fee is covered", "with self.assertRaises(Overdrawn):\n    Account(100).withdraw(100)"],
        ["just enough", "account = Account(102)\naccount.withdraw(100)\nself.assertEqual(account.balance, 0)"],
        ["no fee", "account = Account(5, fee=0)\naccount.withdraw(5)\nself.assertEqual(account.balance, 0)"],
        [
          "nothing happens",
          "account = Account(100)\nself.assertFalse(transfer(account, Account(), 100))\nself.assertEqual((account.balance, account.entries), (100, []))",
        ],
        [
          "transfer",
          "source, target = Account(12), Account()\nself.assertTrue(transfer(source, target, 10))\nself.assertEqual((source.balance, target.balance), (0, 10))",
        ],
        [
          "statement",
          'account = Account(50)\naccount.deposit(1)\naccount.withdraw(2)\nself.assertEqual(statement(account), ["withdraw 2", "deposit 1"])',
        ],
        ["amounts", "with self.assertRaises(ValueError):\n    Account(9).withdraw(0)"],
      ],
    ),
  },
  places: [
    {
      file: "bank_ledger/account.py",
      right: "if amount + self.fee > self.balance:",
      wrong: "if amount > self.balance:",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: "if amount + self.fee >= self.balance:",
      thought: "The fee is added before the amount is compared with the balance.",
    },
    special: {
      place: 0,
      code: "if amount + 2 > self.balance:",
      thought: "The fee of 2 is part of what is taken.",
    },
    elsewhere: {
      file: "bank_ledger/transfer.py",
      before: "        source.withdraw(amount)\n",
      after:
        "        if amount + source.fee > source.balance:\n            return False\n        source.withdraw(amount)\n",
      thought: "Money leaves through transfer(), so the fee is checked there.",
    },
    tidy: {
      file: "bank_ledger/statement.py",
      before: "reversed(account.entries)",
      after: "sorted(account.entries)",
      thought: "Statements should have a stable order; I sort them.",
    },
  },
};
