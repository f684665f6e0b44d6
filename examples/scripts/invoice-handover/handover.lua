-- Hands each final invoice over to whoever charges for it, once: a file in spool/out, with what is due and why. Drafts are
-- not handed over, and what is paid by the account is not either. `source` says whose event is meant: billers' webhooks
-- are called `invoice.finalized` too. The biller marks it as paid: markInvoiceAsPaid, or `tidemill invoices paid ID`.
job {
  name = "invoice-handover",
  on = "invoice.finalized",
  source = "engine",
  run = function(run)
    local invoice = run.trigger.event.invoice
    if invoice.state ~= "OPEN" then return { due = 0 } end
    local lines = {}
    for _, line in ipairs(invoice.lineItems) do
      lines[#lines + 1] = { text = line.description, quantity = line.quantity, amount = line.amount }
    end
    emit("charge.due", {
      customerId = invoice.customerId, number = invoice.invoiceNumber, currency = invoice.currency,
      total = invoice.total, due = invoice.dueDate, lines = lines,
    }, { key = invoice.invoiceId })
    return { due = invoice.total }
  end,
}

-- What was voided must not be charged.
job {
  name = "invoice-recall",
  on = "invoice.voided",
  source = "engine",
  run = function(run)
    local invoice = run.trigger.event.invoice
    emit("charge.recalled", { customerId = invoice.customerId, number = invoice.invoiceNumber, reason = invoice.reason },
      { key = invoice.invoiceId })
  end,
}
